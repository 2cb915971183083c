"""Keys without a stored key: the real clients of both STS over sockets and TLS, to scripted services."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.image_search.options import ApiOptions
from imagesearch_ingest.credentials import UnusableKeyError
from imagesearch_ingest.image_search import DeleteImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from local_cloud.server.certificates import Authority
from tests.support.fakes import VirtualClock
from tests.support.sts_wire import (
    PROVIDER,
    ROLE,
    TwoSts,
    alibaba_error,
    issued_key,
    key_answer,
    two_sts,
)
from tests.support.wire import REQUEST_ID, Answer, Request, Wire

KEY_1 = issued_key(1)


def test_a_token_of_aws_becomes_a_key(sts: TwoSts) -> None:
    assert sts.source(VirtualClock()).get() == KEY_1
    (asked,) = sts.aws.requests
    assert TwoSts.form(asked) == {
        "Action": "GetWebIdentityToken",
        "Version": "2011-06-15",
        "Audience.member.1": "sts.aliyuncs.com",
        "DurationSeconds": "300",
        "SigningAlgorithm": "RS256",
    }
    (exchanged,) = sts.alibaba.requests
    assert TwoSts.form(exchanged) == {
        "OIDCProviderArn": PROVIDER,
        "RoleArn": ROLE,
        "RoleSessionName": "shop@aws",
        "DurationSeconds": "3600",
        "OIDCToken": sts.tokens[0],
    }
    assert (exchanged.method, exchanged.path) == ("POST", "/?Format=json")


def test_a_short_lived_key_is_renewed_in_time(sts: TwoSts) -> None:
    """The service may grant less than was asked for. Its own clock says how much."""
    sts.lifetime = 900
    clock = VirtualClock()
    source = sts.source(clock)
    source.get()
    clock.sleep(674)
    source.get()
    assert sts.keys == 1
    clock.sleep(1)
    source.get()
    assert sts.keys == 2


UNTOLD = {
    "a key of yesterday": lambda answer: answer,
    "no end": lambda answer: replace(answer, body=answer.body.replace(b"Expiration", b"Other")),
    "no time": lambda answer: replace(answer, body=answer.body.replace(b"2025-", b"soon-")),
    "an unreadable date": lambda answer: replace(answer, headers={**answer.headers, "Date": "today"}),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_a_key_without_a_sensible_end_lives_as_long_as_asked(sts: TwoSts, case: str) -> None:
    sts.alibaba_says = UNTOLD[case](key_answer(1, seconds=-24 * 3600))
    clock = VirtualClock()
    source = sts.source(clock)
    source.get()
    clock.sleep(2699)
    source.get()
    assert len(sts.alibaba.requests) == 1
    clock.sleep(1)
    source.get()
    assert len(sts.alibaba.requests) == 2


def test_each_renewal_brings_a_token_of_its_own(sts: TwoSts) -> None:
    source = sts.source(VirtualClock())
    assert source.get() == KEY_1
    assert source.get(fresh=True) != KEY_1
    assert [TwoSts.form(request)["OIDCToken"] for request in sts.alibaba.requests] == sts.tokens
    assert len(set(sts.tokens)) == 2


def test_a_key_that_no_header_can_carry_is_refused(sts: TwoSts) -> None:
    answer = key_answer(1)
    sts.alibaba_says = replace(answer, body=answer.body.replace(b"STS.planted", rb"STS.\nplanted"), headers={})
    with pytest.raises(UnusableKeyError) as error:
        sts.source(VirtualClock()).get()
    assert error.value.detail.startswith("AccessKeyId in the response of Alibaba Cloud STS has a line feed")


# The ways to Alibaba Cloud.


def test_the_exchange_trusts_the_authorities_of_the_settings_alone(tmp_path: Path) -> None:
    with two_sts() as sts:  # to these servers no connection is open yet
        sts.ca_path = Authority(tmp_path).path
        with pytest.raises(IngestError) as error:
            sts.source(VirtualClock()).get()
    assert error.value.reason is Reason.SETTINGS_REFUSED
    assert "Check INGEST_CA_BUNDLE, INGEST_STS_ENDPOINT, INGEST_INSTANCE_REGION" in error.value.detail


def test_the_exchange_goes_through_the_proxy_of_the_settings(sts: TwoSts) -> None:
    with pytest.raises(IngestError) as error:
        sts.source(VirtualClock(), https_proxy="http://127.0.0.1:9").get()
    assert error.value.reason is Reason.NETWORK
    assert not sts.alibaba.requests


# A key that expires while it is in use.


class Instance:
    """An instance of Image Search that accepts only the newest key, and refuses others with ``code``."""

    def __init__(self, sts: TwoSts, code: str) -> None:
        self.sts = sts
        self.code = code
        self.least_key = 1
        self.deleted: list[str] = []
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        if request.headers["x-acs-security-token"] < str(issued_key(self.least_key).security_token):
            return alibaba_error(self.code, 403)
        with self._lock:
            self.deleted.append(TwoSts.form(request)["PicName"])
        body = {"Success": True, "Code": 0, "Message": "success", "RequestId": REQUEST_ID, "Data": {}}
        return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


EXPIRED = [
    "InvalidSecurityToken.Expired",
    "InvalidSecurityToken.Malformed",
    "InvalidSecurityToken.MismatchWithAccessKey",
    "InvalidSecurityToken",
    "InvalidSecurityToken.BrandNew",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
]


@pytest.fixture(params=EXPIRED)
def instance(request: pytest.FixtureRequest, sts: TwoSts) -> Iterator[tuple[Instance, ImageSearchApi]]:
    with TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        with Wire(authority.server_context()) as wire:
            instance = Instance(sts, request.param)
            wire.script(instance.answer)
            host = wire.url.removeprefix("https://")
            options = ApiOptions(region="ap-southeast-1", endpoint=host, ca_bundle=authority.path)
            yield instance, ImageSearchApi(options, sts.source(VirtualClock()))


def delete(api: ImageSearchApi, name: str) -> None:
    api.delete(DeleteImageRequest(instance_name="demo", product_id="p", pic_name=name))


def test_a_key_that_expires_in_a_batch_is_renewed_once(instance: tuple[Instance, ImageSearchApi], sts: TwoSts) -> None:
    service, api = instance
    delete(api, "0")
    service.least_key = 2
    names = [str(number) for number in range(1, 9)]
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda name: delete(api, name), names))
    assert sorted(service.deleted) == ["0", *names]
    assert sts.keys == 2


def test_a_refused_renewal_says_why(instance: tuple[Instance, ImageSearchApi], sts: TwoSts) -> None:
    service, api = instance
    delete(api, "0")
    service.least_key = 2
    sts.alibaba_says = alibaba_error("AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch")
    with pytest.raises(IngestError) as error:
        delete(api, "1")
    assert error.value.reason is Reason.CREDENTIALS
    assert "AddFingerprintToOIDCProvider" in error.value.detail
    sts.alibaba_says = None
    delete(api, "1")
    assert service.deleted == ["0", "1"]


def test_a_renewal_that_fails_slowly_holds_up_all_threads_once(
    instance: tuple[Instance, ImageSearchApi], sts: TwoSts
) -> None:
    service, api = instance
    delete(api, "0")
    service.least_key = 2
    before = len(sts.alibaba.requests)

    def fail_slowly(_: Request) -> Answer:
        time.sleep(0.5)
        return alibaba_error("ServiceUnavailable", 503)

    sts.alibaba.answer = fail_slowly
    try:
        with ThreadPoolExecutor(8) as executor:
            faults = [one.exception() for one in [executor.submit(delete, api, "1") for _ in range(8)]]
    finally:
        sts.alibaba.answer = sts.answer_as_alibaba
    assert {getattr(fault, "reason", fault) for fault in faults} == {Reason.SERVICE_UNAVAILABLE}
    assert len(sts.alibaba.requests) - before < 8
