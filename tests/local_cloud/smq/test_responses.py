"""Requests that the local SMQ accepts, and those that it refuses with the documented code."""

import base64
import hashlib
import http.client
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from xml.etree import ElementTree as ET

import pytest
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta

from local_cloud.server.wire import Request
from local_cloud.smq import SmqService
from local_cloud.smq.signatures import compute_signature
from tests.support.smq import KEY_ID, KEY_SECRET, TOKEN, local_smq

BODY = b'<Message xmlns="http://mns.aliyuncs.com/doc/v1/"><MessageBody>eA==</MessageBody></Message>'
URI = "/queues/q/messages"


@pytest.fixture(scope="module")
def running() -> Iterator[SmqService]:
    with local_smq() as service:
        service.expired_tokens.add("yesterdays")
        yield service


@pytest.fixture
def smq(running: SmqService) -> SmqService:
    running.create_queue("q")
    return running


def ask(
    smq: SmqService, method: str = "POST", uri: str = URI, body: bytes = BODY, **changed: str | None
) -> tuple[int, str]:
    """Return status and code. ``changed`` replaces headers before signing; ``None`` leaves one out."""
    headers = {
        "content-md5": base64.b64encode(hashlib.md5(body).hexdigest().encode()).decode(),  # noqa: S324 - the API's
        "content-type": "text/xml;charset=UTF-8",
        "date": formatdate(usegmt=True),
        "x-mns-version": "2015-06-06",
        "security-token": TOKEN,
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    sent = {name: value for name, value in headers.items() if value is not None}
    sent.setdefault(
        "authorization", f"MNS {KEY_ID}:{compute_signature(Request(method, '', uri, sent, body), KEY_SECRET)}"
    )
    if headers.get("authorization", "") is None:
        del sent["authorization"]
    return exchange(smq, method, uri, body, sent)


def exchange(smq: SmqService, method: str, uri: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    context = ssl.create_default_context(cafile=str(smq.ca_path))
    connection = http.client.HTTPSConnection(smq.url.partition("://")[2], context=context, timeout=5)
    connection.request(method, uri, body, dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    root = ET.fromstring(content) if content else None  # noqa: S314 - our own stand-in's
    code = root.find("{*}Code") if root is not None else None
    return answer.status, "" if code is None or code.text is None else code.text


def test_a_documented_request_is_accepted(smq: SmqService) -> None:
    assert ask(smq) == (201, "")
    assert [message.text for message in smq.messages("q")] == ["x"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"x_mns_version": None}, 400, "MissingVersionHeader"),
        ({"x_mns_version": "2014-07-08"}, 400, "InvalidVersionHeader"),
        ({"authorization": None}, 400, "MissingAuthorizationHeader"),
        ({"authorization": "Bearer x"}, 400, "InvalidAuthorizationHeader"),
        ({"authorization": f"MNS nobody:{'A' * 27}="}, 403, "InvalidAccessKeyId"),
        ({"authorization": f"MNS {KEY_ID}:{'A' * 27}="}, 403, "SignatureDoesNotMatch"),
        ({"date": None}, 400, "MissingDateHeader"),
        ({"date": "today"}, 400, "InvalidDateHeader"),
        ({"date": formatdate(0, usegmt=True)}, 408, "TimeExpired"),
        ({"security_token": None}, 403, "InvalidSecurityToken"),
        ({"security_token": "another"}, 403, "InvalidSecurityToken"),
        ({"security_token": "yesterdays"}, 403, "SecurityTokenExpired"),
        ({"content_md5": "AAAA"}, 400, "InvalidDegist"),
    ],
    ids=lambda value: None if isinstance(value, int | dict) else value,
)
def test_bad_credentials_are_refused(smq: SmqService, changed: dict, status: int, code: str) -> None:
    assert ask(smq, **changed) == (status, code)
    assert smq.messages("q") == []


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_date_is_valid_for_fifteen_minutes(smq: SmqService, minutes: int) -> None:
    assert ask(smq, date=formatdate(time.time() + minutes * 60, usegmt=True)) == (408, "TimeExpired")
    assert ask(smq, date=formatdate(time.time() + minutes * 52, usegmt=True)) == (201, "")


def test_a_signature_is_valid_for_one_request(smq: SmqService) -> None:
    seen: list[Mapping[str, str]] = []
    genuine = {"date": formatdate(usegmt=True), "x-mns-version": "2015-06-06", "security-token": TOKEN}
    signed = compute_signature(Request("GET", "", URI, genuine, b""), KEY_SECRET)
    seen.append(genuine | {"authorization": f"MNS {KEY_ID}:{signed}"})
    assert exchange(smq, "GET", URI, b"", seen[0]) == (404, "MessageNotExist")
    for method, uri in (("DELETE", URI), ("GET", "/queues/r/messages"), ("GET", f"{URI}?peekonly=true")):
        assert exchange(smq, method, uri, b"", seen[0]) == (403, "SignatureDoesNotMatch")
    assert exchange(smq, "GET", URI, b"", seen[0] | {"x-mns-extra": "1"}) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("method", "uri", "body", "refusal"),
    [
        ("POST", "/queues/none/messages", BODY, (404, "QueueNotExist")),
        ("POST", "/elsewhere", BODY, (400, "InvalidRequestURL")),
        ("POST", "/queues/q", BODY, (400, "InvalidRequestURL")),
        ("GET", f"{URI}?color=red", b"", (400, "InvalidQueryString")),
        ("GET", f"{URI}?numOfMessages=17", b"", (400, "InvalidArgument")),
        ("GET", f"{URI}?numOfMessages=many", b"", (400, "InvalidArgument")),
        ("GET", f"{URI}?waitseconds=31", b"", (400, "InvalidArgument")),
        ("GET", URI, b"", (404, "MessageNotExist")),
        ("GET", f"{URI}?peekonly=true", b"", (404, "MessageNotExist")),
        ("DELETE", URI, b"", (400, "MissingReceiptHandle")),
        ("DELETE", f"{URI}?ReceiptHandle=nonsense", b"", (400, "ReceiptHandleError")),
        ("DELETE", f"{URI}?ReceiptHandle=8-AAAA", b"", (404, "MessageNotExist")),
        ("PUT", f"{URI}?receiptHandle=8-AAAA", b"", (400, "MissingVisibilityTimeout")),
        ("PUT", f"{URI}?receiptHandle=8-AAAA&visibilityTimeout=0", b"", (400, "InvalidArgument")),
        ("POST", URI, b"<Message>", (400, "MalformedXML")),
        ("POST", URI, BODY.replace(b"mns.aliyuncs", b"example"), (400, "MalformedXML")),
        (
            "POST",
            URI,
            BODY.replace(b"<Message ", b"<Queue ").replace(b"</Message>", b"</Queue>"),
            (400, "InvalidArgument"),
        ),
        ("POST", URI, BODY.replace(b"MessageBody", b"Body"), (400, "InvalidArgument")),
        ("PUT", "/queues/a_b", b'<Queue xmlns="http://mns.aliyuncs.com/doc/v1/"/>', (400, "InvalidQueueName")),
    ],
)
def test_a_malformed_request_is_refused(
    smq: SmqService, method: str, uri: str, body: bytes, refusal: tuple[int, str]
) -> None:
    assert ask(smq, method, uri, body) == refusal


def test_the_unmodified_sdk_is_served(smq: SmqService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(smq.ca_path))
    account = Account(smq.url, KEY_ID, KEY_SECRET, TOKEN)
    queue = account.get_queue("made")
    assert queue.create(QueueMeta(vis_timeout=7, msg_ttl=600)) == smq.queue_url("made")
    assert queue.create(QueueMeta(vis_timeout=7, msg_ttl=600)) == smq.queue_url("made")
    with pytest.raises(MNSServerException, match="QueueAlreadyExist"):
        queue.create(QueueMeta(vis_timeout=8))
    with pytest.warns(DeprecationWarning, match="即将下线"):
        assert queue.get_attributes().visibility_timeout == 7
    queue.batch_send_message([Message("low", priority=16), Message("high", priority=1), Message("default")])
    assert [one.message_body for one in queue.batch_receive_message_with_str_body(16)] == ["high", "default", "low"]
    queue.delete()
    queue.create(QueueMeta(vis_timeout=7, msg_ttl=600))
    sent = queue.send_message(Message("鞋", priority=3))
    assert queue.peek_message_with_str_body().message_body == "鞋"
    received = queue.receive_message_with_str_body(1)
    assert (received.message_id, received.message_body, received.dequeue_count) == (sent.message_id, "鞋", 1)
    changed = queue.change_message_visibility(received.receipt_handle, 60)
    with pytest.raises(MNSServerException, match="MessageNotExist"):
        queue.delete_message(received.receipt_handle)
    queue.delete_message(changed.receipt_handle)
    queue.batch_send_message([Message(str(number)) for number in range(5)])
    assert len(queue.batch_peek_message(16)) == 5
    batch = queue.batch_receive_message(16)
    with pytest.raises(MNSServerException, match="ReceiptHandleError"):
        queue.batch_delete_message([batch[0].receipt_handle, "nonsense"])
    queue.batch_delete_message([message.receipt_handle for message in batch[1:]])
    assert smq.messages("made") == []
    queue.delete()
    with pytest.raises(MNSServerException, match="QueueNotExist"):
        queue.send_message(Message("x"))
    account.get_client().close_connection()
