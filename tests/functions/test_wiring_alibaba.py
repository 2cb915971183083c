"""Every wire of the deployed Function Compute handler: each test fails if ``bootstrap/`` leaves one out."""

import io
import json
import runpy
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ingest.adapters.alibaba import oss_client
from imagesearch_ingest.entrypoints import fc_server
from imagesearch_ingest.entrypoints.fc_http import FcApplication
from imagesearch_ingest.model.errors import NotDoneError
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from local_cloud.smq.faults import Fault
from tests.support.function_compute import KEYS, ROOT, Function, ProcessEndedError, empty, outcome_lines
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

KEY, BAD, LAST = "shoes/2092061/front.jpg", "shoes/2092061/bad.jpg", "shoes/2092061/last.jpg"
UNAVAILABLE = {"leg": "add", "kind": "error", "code": "UnknownException", "status": 500, "times": None}
SHORT = 11.0  # seconds: enough to start an object, too few to repeat a request

OWN = SimpleNamespace(
    access_key_id=ACCESS_KEY_ID, access_key_secret=ACCESS_KEY_SECRET, security_token=AlibabaCloud.SECURITY_TOKEN
)
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture
def function(function: Function, cloud: AlibabaCloud) -> Function:
    for key in (KEY, LAST):
        cloud.upload(key, jpeg())
    cloud.upload(BAD, b"no picture")
    empty(cloud)
    return function


def created(*keys: str) -> list[dict[str, Any]]:
    return [message(as_text(notification(element(key))), key) for key in keys]


def outcomes(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = outcome_lines(capsys)
    return [": ".join(filter(None, [line["outcome"], line.get("reason")])) for line in lines]


# The bucket.


def test_bucket_endpoint_is_used(function: Function, capsys) -> None:
    function.start(INGEST_BUCKET_ENDPOINT="http://127.0.0.1:9")
    function(created(KEY), SHORT)
    assert outcomes(capsys) == ["failed: network"]


def test_region_is_that_of_the_platform(function: Function, capsys) -> None:
    """Requests are signed for the region, and the bucket is in another one."""
    function.start(FC_REGION="cn-beijing")
    function(created(KEY), SHORT)
    assert outcomes(capsys) == ["failed: bucket_missing"]


def test_bucket_has_a_connection_for_each_thread(function: Function, monkeypatch) -> None:
    made: list[object] = []
    session = oss_client._Session  # noqa: SLF001 - no request of a test can show its size
    monkeypatch.setattr(oss_client, "_Session", lambda *given: made.append(given[1]) or session(*given))
    function(created(KEY))
    assert made == [104]
    assert function.module.worker().batch.reconciler.writer.index._runtime.max_idle_conns == 104  # noqa: SLF001


# The queue that events come from.


def test_failed_message_is_sent_again(function: Function, cloud: AlibabaCloud) -> None:
    cloud.image_search.faults.add(UNAVAILABLE)
    function(created(KEY, LAST), SHORT)
    assert len(function.waiting()) == 2
    assert all(delay > 5 for delay in function.delays())


@pytest.mark.parametrize(("length", "letters"), [(44_000, 0), (50_000, 1)])
def test_message_that_cannot_be_sent_again_ends(
    function: Function, cloud: AlibabaCloud, length: int, letters: int
) -> None:
    """A message of SMQ holds 49,152 bytes of text."""
    cloud.image_search.faults.add(UNAVAILABLE)
    (one,) = created(KEY)
    one["data"]["messageBody"] = one["data"]["messageBody"].ljust(length)
    function([one], SHORT)
    assert [letter["code"] for letter in function.letters()] == ["service_unavailable"] * letters
    assert len(function.waiting()) == 1 - letters


def test_smq_keeps_a_message_for_seven_days(function: Function) -> None:
    assert function.module.worker().batch.settler.retention == timedelta(days=7)


def test_without_a_queue_a_failed_event_is_raised(function: Function, cloud: AlibabaCloud) -> None:
    function.start(INGEST_QUEUE_URL=None)
    cloud.image_search.faults.add(UNAVAILABLE)
    with pytest.raises(NotDoneError):
        function(created(KEY), SHORT)
    assert not function.waiting()


def test_refusal_of_the_queue_is_redacted(function: Function, cloud: AlibabaCloud) -> None:
    cloud.image_search.faults.add(UNAVAILABLE)
    cloud.smq.faults.add(Fault("error", "SendMessage", times=None, code=ACCESS_KEY_SECRET, status=400))
    with pytest.raises(NotDoneError) as error:
        function(created(KEY), SHORT)
    assert "The queue refused it" in str(error.value)
    assert ACCESS_KEY_SECRET not in str(error.value)


def test_a_quarter_of_the_time_is_kept_for_the_queue(function: Function, capsys) -> None:
    """Sending again may take two requests of 13 seconds: more than a quarter of 20 seconds."""
    function.start(INGEST_ADDS_PER_SECOND="0.01", INGEST_MAX_CONCURRENCY="1")
    function(created(KEY))
    function(created(LAST), timeout=20)
    assert 13.0 <= seconds_left(outcome_lines(capsys)[-1]) <= 15.0


def test_quick_queue_needs_less_time(function: Function, capsys) -> None:
    function.start(
        INGEST_ADDS_PER_SECOND="0.01",
        INGEST_MAX_CONCURRENCY="1",
        INGEST_BUCKET_TIMEOUT_SECONDS="0.5",
        INGEST_CONNECT_TIMEOUT_SECONDS="0.7",
    )
    function(created(KEY))
    function(created(LAST), timeout=20)
    assert 15.5 <= seconds_left(outcome_lines(capsys)[-1]) <= 16.6


def seconds_left(line: dict[str, Any]) -> float:
    """Return the seconds that an object had left which was not started."""
    assert line["reason"] == "not_begun"
    return float(line["detail"].split()[0])


# Dead letters.


def test_letter_names_its_deployment(function: Function) -> None:
    function.start(FC_FUNCTION_NAME="shop-ingest", FC_FUNCTION_VERSION="42", FC_VER_ID="43")
    function(created(BAD))
    (letter,) = function.letters()
    assert letter["function"] == {"name": "shop-ingest", "version": "42", "request_id": "request-1"}
    assert (letter["target"]["instance"], letter["target"]["region"]) == ("demo", "cn-shanghai")


@pytest.mark.parametrize(("variables", "version"), [({"FC_VER_ID": "43"}, "43"), ({}, "local")])
def test_letter_names_the_version_it_knows(function: Function, variables: dict[str, str], version: str) -> None:
    function.start(**dict.fromkeys(["FC_FUNCTION_NAME", "FC_FUNCTION_VERSION", "FC_VER_ID"], "") | variables)
    function(created(BAD))
    (letter,) = function.letters()
    assert letter["function"]["version"] == version


def test_secrets_are_redacted_everywhere(function: Function, cloud: AlibabaCloud, capsys) -> None:
    key = f"keys/{ACCESS_KEY_SECRET}.jpg"
    cloud.upload(key, b"no picture")
    function(created(key))
    lines, letters = outcome_lines(capsys), function.letters()
    assert len(lines) == len(letters) == 1
    assert ACCESS_KEY_SECRET not in json.dumps(lines + letters)


def test_letter_without_a_deployment_is_local(function: Function) -> None:
    function.start(FC_FUNCTION_NAME="")
    function.start(FC_FUNCTION_NAME=None)
    function(created(BAD))
    (letter,) = function.letters()
    assert letter["function"]["name"] == "local"


# Access keys.


def test_key_of_the_invocation_wins(function: Function) -> None:
    function.start(ALIBABA_CLOUD_ACCESS_KEY_SECRET="another")
    function(created(KEY), credentials=OWN)
    assert function.pic_names() == [KEY]


def test_key_of_the_invocation_is_redacted_at_once(function: Function, capsys) -> None:
    """An event that needs no request may still quote the key."""
    function.start(**dict.fromkeys(KEYS, ""))
    function([message(f"rubbish {ACCESS_KEY_SECRET}")], credentials=OWN)
    lines, letters = outcome_lines(capsys), function.letters()
    assert [letter["code"] for letter in letters] == ["event_malformed"]
    assert ACCESS_KEY_SECRET not in json.dumps(lines + letters)


def test_security_token_is_sent(function: Function, capsys) -> None:
    function.start(ALIBABA_CLOUD_SECURITY_TOKEN="another")
    with pytest.raises(NotDoneError):
        function(created(KEY))
    assert outcomes(capsys) == ["failed: credentials"]


def test_expired_token_ends_the_process(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    with pytest.raises(ProcessEndedError):
        function(created(KEY))


# Isolation, time.


def test_every_picture_is_isolated(function: Function, isolated: list[float]) -> None:
    function(created(KEY, LAST))
    assert len(isolated) == 2


@pytest.mark.usefixtures("function")
def test_container_has_the_time_of_its_setting(monkeypatch, capsys) -> None:
    """The platform does not say how much time a container has. Ten seconds, less a quarter for the queue."""
    for name, value in {"FUNCTION_TIMEOUT_SECONDS": "10", "ADDS_PER_SECOND": "0.01", "MAX_CONCURRENCY": "1"}.items():
        monkeypatch.setenv(f"INGEST_{name}", value)
    application = container(monkeypatch)
    assert post(application, created(KEY)) == "200 OK"
    assert post(application, created(LAST)) == "200 OK"
    first, second = outcome_lines(capsys)
    assert first["outcome"] == "added"
    assert 6.0 <= seconds_left(second) <= 7.5


def container(monkeypatch: pytest.MonkeyPatch) -> FcApplication:
    """Return the application that the container's ``server.py`` serves."""
    served: list[FcApplication] = []
    monkeypatch.setattr(fc_server, "listen", lambda application, _: served.append(application))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    runpy.run_path(str(ROOT / "functions/ingest_oss/server.py"), run_name="__main__")
    return served[0]


def post(application: FcApplication, event: object) -> str:
    body, statuses = json.dumps(event).encode(), []
    request = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    keys = {"HTTP_X_FC_ACCESS_KEY_ID": ACCESS_KEY_ID, "HTTP_X_FC_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET}
    token = {"HTTP_X_FC_SECURITY_TOKEN": AlibabaCloud.SECURITY_TOKEN}
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/invoke", **request, **keys, **token}
    application(environ, lambda status, _: statuses.append(status))
    return statuses[0]
