"""Temporary keys belong to a process or to one invocation. An expired one ends the process or fails the invocation."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from imagesearch_ingest.model.errors import ExpiredTokenError, NotDoneError
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from local_cloud.runtimes.function import FUNCTION_COMPUTE, FunctionError, LocalFunction
from tests.support.fc_outages import BAD, NEW, OLD, assert_untouched, behind, both, created, put, reasons
from tests.support.function_compute import KEYS, Function, ProcessEndedError, empty
from tests.support.oss_events import as_text

NO_KEYS = dict.fromkeys(KEYS, "")
OWN = SimpleNamespace(
    access_key_id=ACCESS_KEY_ID, access_key_secret=ACCESS_KEY_SECRET, security_token=AlibabaCloud.SECURITY_TOKEN
)
WRONG = SimpleNamespace(access_key_id="STS.wrong", access_key_secret="wrong-secret", security_token="wrong-token")


@pytest.fixture
def function(function: Function) -> Function:
    return behind(function)


def test_expired_process_token_ends_process(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    with pytest.raises(ProcessEndedError) as ended:
        function(both())
    assert ended.value.args == (1,)
    assert_untouched(function)


def test_process_ends_despite_broken_log(function: Function, cloud: AlibabaCloud, monkeypatch) -> None:
    cloud.oss.expire_token()
    with Path(os.devnull).open(encoding="utf-8") as unwritable:
        monkeypatch.setattr("sys.stdout", unwritable)
        with pytest.raises(ProcessEndedError):
            function(both())


EXPIRED_ELSEWHERE = {
    "Image Search": lambda cloud: cloud.image_search.faults.add(
        {"leg": "authorize", "kind": "error", "code": "InvalidSecurityToken.Expired", "status": 400, "times": None}
    ),
    "Image Search, delete": lambda cloud: cloud.image_search.faults.add(
        {"leg": "delete", "kind": "error", "code": "InvalidSecurityToken.Expired", "status": 400, "times": None}
    ),
    "SMQ": lambda cloud: cloud.smq.expired_tokens.add(AlibabaCloud.SECURITY_TOKEN),
}


@pytest.mark.parametrize("expire", EXPIRED_ELSEWHERE.values(), ids=EXPIRED_ELSEWHERE)
def test_any_service_may_report_expiry(function: Function, cloud: AlibabaCloud, expire: Callable) -> None:
    put(cloud, BAD)
    empty(cloud)
    expire(cloud)
    try:
        with pytest.raises(ProcessEndedError):
            function([created(BAD), *both()])
    finally:
        cloud.smq.expired_tokens.clear()
    assert not function.waiting()


def test_next_process_settles_everything(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    real = LocalFunction(cloud.FUNCTION_ROOT, cloud.environ(), runtime=FUNCTION_COMPUTE, timeout_seconds=60)
    try:
        with pytest.raises(FunctionError, match="the process ended with 1"):
            real.invoke(as_text(both()).encode())
        assert_untouched(function)
        cloud.oss._verifier.expired = False  # noqa: SLF001 - the stand-in issues no new tokens
        real.invoke(as_text(both()).encode())
    finally:
        real.close()
    assert function.pic_names() == [NEW]


def test_invocation_uses_context_credentials(function: Function, capsys) -> None:
    """Runtimes up to Python 3.10 pass credentials in the context. There are no other keys here."""
    function.start(**dict.fromkeys(KEYS, "wrong-wrong"))
    with pytest.raises(NotDoneError):
        function(both(), credentials=WRONG)
    assert reasons(capsys) == {"credentials"}
    assert_untouched(function)
    function(both(), credentials=OWN)
    assert function.pic_names() == [NEW]


def test_credentials_last_one_invocation(function: Function, cloud: AlibabaCloud) -> None:
    function.start(**NO_KEYS)
    function(both(), credentials=OWN)
    put(cloud, OLD)
    with pytest.raises(NotDoneError):
        function([created(OLD)])
    assert function.pic_names() == [NEW]


def test_expired_context_token_fails_one_invocation(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    cloud.smq.expired_tokens.add(AlibabaCloud.SECURITY_TOKEN)
    try:
        with pytest.raises(NotDoneError) as error:
            function(both(), credentials=OWN)
    finally:
        cloud.smq.expired_tokens.clear()
    assert not isinstance(error.value, ExpiredTokenError)
    assert_untouched(function)
