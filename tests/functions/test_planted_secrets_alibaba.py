"""Secrets planted on Alibaba Cloud: a temporary key from each possible source. The function must not write any.

Cases that do not depend on the cloud are in ``test_planted_secrets.py``.
"""

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from traceback import format_exception
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from imagesearch_ingest.model.errors import NotDoneError, SettingsError
from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.fc_container import Server
from tests.support.function_compute import KEYS, ROOT, Function, QuickCloud, empty
from tests.support.oss_events import as_text, base64_of, element, message, notification
from tests.support.pictures import jpeg
from tests.support.secret_forms import find_secrets
from tests.support.wire import Answer, Request, Wire

# Neither ID nor token begins as real ones do, and no name stands beside them. Only exact matching finds them.
KEY_ID, KEY_SECRET, TOKEN = "PLANTED-id-of-a-key", "PLANTED/secret+of=a-key", "PLANTED/token+of=STS"
PLANTED = SimpleNamespace(access_key_id=KEY_ID, access_key_secret=KEY_SECRET, security_token=TOKEN)
FORMS = [KEY_ID, KEY_SECRET, TOKEN, quote(TOKEN, safe=""), base64_of(KEY_SECRET), base64_of(TOKEN)]
TRACES = ("PLANTED", "secret+of", "token+of", "token%2Bof", base64.b64encode(b"PLANTED").decode()[:9])
ECHO = f"no access for {' or '.join(FORMS)}"


def planted_in_environment() -> dict[str, str]:
    return dict(zip(KEYS, (KEY_ID, KEY_SECRET, TOKEN), strict=True))


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert not [trace for trace in TRACES if trace in text], text
        assert find_secrets(text, KEY_SECRET, TOKEN) == [], text


def written(function: Function, capfd: pytest.CaptureFixture[str]) -> str:
    """Return everything that the function wrote, except requeued messages, which are unchanged."""
    out, err = capfd.readouterr()
    assert_clean(out, err, json.dumps(function.letters()))
    return out


def upload(key: str) -> dict[str, Any]:
    return message(as_text(notification(element(key))))


# Refused keys: the errors of the services hold the ID, the canonical request and the string to sign.


def test_refused_environment_key(function: Function, capfd) -> None:
    function.start(**planted_in_environment())
    with pytest.raises(NotDoneError) as error:
        function([upload("a.jpg")])
    assert '"reason": "credentials"' in written(function, capfd)
    assert_clean(str(error.value), repr(error.value.__cause__))


def test_refused_context_key(function: Function, capfd) -> None:
    with pytest.raises(NotDoneError) as error:
        function([upload("a.jpg")], credentials=PLANTED)
    assert '"reason": "credentials"' in written(function, capfd)
    assert_clean(str(error.value), repr(error.value.__cause__))


@pytest.mark.parametrize("where", ["header", "environment"])
def test_refused_container_key(function: Function, cloud: AlibabaCloud, tmp_path, where: str) -> None:
    of_request = dict(
        zip(
            ("x-fc-access-key-id", "x-fc-access-key-secret", "x-fc-security-token"),
            (KEY_ID, KEY_SECRET, TOKEN),
            strict=True,
        )
    )
    environ = cloud.environ() | (planted_in_environment() if where == "environment" else {})
    server = Server(tmp_path, environ)
    try:
        malformed = message(ECHO)
        for body in ([upload("a.jpg")], [malformed], ECHO.encode()):
            try:
                _, text = server.invoke(body, keys=of_request if where == "header" else {})
            except (http.client.HTTPException, ConnectionError):
                text = ""
            assert_clean(text)
    finally:
        server.stop()
    assert '"reason": "credentials"' in server.out
    assert_clean(server.out, server.err, json.dumps(function.letters()))


# Valid keys in texts that others wrote.


@pytest.fixture(params=["context", "environment"])
def working(request, cloud: AlibabaCloud, monkeypatch) -> Iterator[Callable[..., Function]]:
    """Yield a function on a cloud whose valid keys are the planted ones."""
    del cloud

    class Planted(QuickCloud):
        SECURITY_TOKEN = TOKEN

    monkeypatch.setattr("local_cloud.clouds.cloud.ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setattr("local_cloud.clouds.cloud.ACCESS_KEY_SECRET", KEY_SECRET)
    monkeypatch.setattr("local_cloud.clouds.alibaba.ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setattr("local_cloud.clouds.alibaba.ACCESS_KEY_SECRET", KEY_SECRET)
    with Planted(with_function=False) as own:
        function = Function(own, monkeypatch)
        by_context = request.param == "context"
        function.start(**dict.fromkeys(KEYS, "") if by_context else {})
        yield SimpleNamespace(
            cloud=own,
            function=function,
            take=lambda *events: function(list(events), **{"credentials": PLANTED} if by_context else {}),
        )
        function.stop()


def test_key_in_message(working, capfd) -> None:
    """The key is redacted in the first invocation, before the first request."""
    working.take(message(ECHO), message(base64_of(ECHO)), message(as_text({"events": [{"note": ECHO}]})))
    written(working.function, capfd)
    assert [letter["code"] for letter in working.function.letters()] == ["event_malformed"] * 3


def test_access_key_as_object_key(working, capfd) -> None:
    key = f"shoes/{KEY_ID}.jpg"
    working.cloud.upload(key, b"no picture")
    working.take(upload(key))
    written(working.function, capfd)
    (letter,) = working.function.letters()
    assert letter["source"]["key_redacted"] is True


def test_key_in_metadata(working, capfd) -> None:
    working.cloud.upload("a.jpg", jpeg(), {"imagesearch-category-id": TOKEN, "note": KEY_SECRET})
    working.take(upload("a.jpg"))
    written(working.function, capfd)
    assert [letter["code"] for letter in working.function.letters()] == ["category_invalid"]


def test_requeued_message_has_no_key(working, capfd) -> None:
    working.cloud.upload("a.jpg", jpeg())
    empty(working.cloud)
    working.cloud.image_search.faults.add({"leg": "add", "kind": "error", "code": "InvalidAction", "status": 400})
    working.cloud.image_search.faults.add(
        {"leg": "add", "kind": "error", "code": "NeverHeardOf", "status": 400, "times": None}
    )
    working.take(upload("a.jpg"))
    written(working.function, capfd)
    (envelope,) = working.function.waiting()
    assert_clean(json.dumps(envelope))


# Errors of the services that quote a request.


def oss_that_echoes(request: Request) -> Answer:
    del request
    fields = ["Message", "OSSAccessKeyId", "SignatureProvided", "StringToSign", "StringToSignBytes", "CanonicalRequest"]
    elements = "".join(f"<{name}>{ECHO}</{name}>" for name in fields)
    return Answer(403, f"<Error><Code>CODE</Code>{elements}<RequestId>R</RequestId></Error>".encode())


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidAccessKeyId", "NeverHeardOf", KEY_ID])
def test_oss_error_that_quotes_request(function: Function, capfd, code: str) -> None:
    with Wire() as oss:
        oss.script(lambda request: Answer(403, oss_that_echoes(request).body.replace(b"CODE", code.encode())))
        function.start(**planted_in_environment(), INGEST_BUCKET_ENDPOINT=oss.url)
        try:
            function([upload("a.jpg")], 9)
        except NotDoneError as error:
            assert_clean(str(error))
        assert oss.requests
    assert '"outcome": "failed"' in written(function, capfd)


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "AccessDenied", "NeverHeardOf", TOKEN])
def test_smq_error_that_quotes_request(function: Function, capfd, code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>{ECHO}</Message><RequestId>R</RequestId><HostId>{ECHO}</HostId></Error>"
    with Wire() as smq:
        smq.script(Answer(403, body.encode(), {"Content-Type": "text/xml"}))
        function.start(**planted_in_environment(), INGEST_DEAD_LETTER_QUEUE_URL=f"{smq.url}/queues/ingest-dead-letters")
        with pytest.raises(NotDoneError) as error:
            function([message("rubbish")], 9)
        assert_clean(str(error.value))
        assert smq.requests
    assert '"dead_letter_fault"' in written(function, capfd)


def test_failed_requeue_that_quotes_request(function: Function, cloud: AlibabaCloud, capfd) -> None:
    """The runtime logs the handler's exception with all its causes."""
    cloud.upload("a.jpg", jpeg())
    empty(cloud)
    cloud.image_search.faults.add(
        {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403, "times": None}
    )
    body = f"<Error><Code>{TOKEN}</Code><Message>{ECHO}</Message><RequestId>R</RequestId></Error>"
    with Wire() as smq:
        smq.script(Answer(403, body.encode(), {"Content-Type": "text/xml"}))
        function.start(ALIBABA_CLOUD_TOKEN_ELSEWHERE=TOKEN, INGEST_QUEUE_URL=f"{smq.url}/queues/ingest")
        with pytest.raises(NotDoneError, match="The queue refused it") as error:
            function([upload("a.jpg")], 9)
        assert smq.requests
    assert_clean("".join(format_exception(error.value)))
    written(function, capfd)


# Settings.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INGEST_QUEUE_URL", f"https://user:{quote(KEY_SECRET, safe='')}@1.mns.cn-shanghai.aliyuncs.com/topics/q"),
        ("INGEST_DEAD_LETTER_QUEUE_URL", f"https://1.mns.cn-shanghai.aliyuncs.com/{TOKEN}"),
        ("INGEST_BUCKET_ENDPOINT", TOKEN),
        ("INGEST_UPLOAD_ENDPOINT_TYPE", KEY_SECRET),
        ("INGEST_CREDENTIALS_SECRET", KEY_SECRET),
    ],
)
def test_secret_in_wrong_setting(function: Function, capfd, name: str, value: str) -> None:
    function.start(**planted_in_environment() | {name: value})
    with pytest.raises(SettingsError, match=name) as error:
        function([upload("a.jpg")])
    assert_clean(str(error.value), repr(error.value.__cause__), repr(error.value.__context__))
    written(function, capfd)


def test_handler_file_prints_nothing() -> None:
    """The only exception is the line about an expired key."""
    assert (ROOT / "functions/ingest_oss/index.py").read_text(encoding="utf-8").count("print(") == 1
