"""Every code of SMQ's table, and every broken answer: at the wire, over TLS."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ingest.adapters.alibaba import smq_codes
from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue, SmqQueue, SmqRetryQueue
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from local_cloud.smq import Fault, SmqService
from tests.contract.expected_codes import SMQ
from tests.support.fakes import FixedCredentials, a_letter
from tests.support.settled import Settled, check_calls
from tests.support.smq import CREDENTIALS, KEY_ID, KEY_SECRET, TOKEN, adapter, fault, local_smq, new_queue
from tests.support.wire import Answer, Wire

LETTER = a_letter()
# SMQ API reference, "Error codes", of queues and messages, in its spelling.
DOCUMENTED = """
    AccessDenied InternalError InternalServerError InvalidAccessKeyId InvalidArgument InvalidAuthorizationHeader
    InvalidDateHeader InvalidDegist InvalidQueryString InvalidQueueName InvalidRequestURL MalformedXML MessageNotExist
    MissingAuthorizationHeader MissingDateHeader MissingReceiptHandle MissingVisibilityTimeout QpsLimitExceeded
    QueueAlreadyExist QueueDeletedRecently QueueNameLengthError QueueNotExist ReceiptHandleError SignatureDoesNotMatch
    TimeExpired
"""


@pytest.fixture(scope="module")
def running() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.fixture
def smq(running: SmqService) -> SmqService:
    running.faults.clear()
    running.calls.clear()
    return running


def letters(smq: SmqService, **changed: object) -> SmqDeadLetterQueue:
    return adapter(SmqDeadLetterQueue, smq, new_queue(smq), **changed)


# Every code. The statuses mislead: the code alone must decide.


@pytest.mark.parametrize("code", SMQ)
def test_each_code_defers_a_record_without_its_letter(smq: SmqService, code: str) -> None:
    smq.faults.add(Fault("error", code=code, status=400, times=None))
    settled = Settled(key="bad.jpg", dead_letters=letters(smq))
    assert settled.run(receives=8)
    assert settled.reporter.dead_lettered == [False]
    check_calls(len(smq.calls), SMQ[code])
    assert 1350 <= settled.queue.deferred["r"] <= 2250  # half an hour, a quarter more or less
    assert not settled.queue.acked


@pytest.mark.parametrize("code", SMQ)
@pytest.mark.parametrize("status", [403, 500])
def test_each_code_counts_and_no_status_does(smq: SmqService, code: str, status: int) -> None:
    smq.faults.add(Fault("error", code=code, status=status))
    queue = adapter(SmqRetryQueue, smq, new_queue(smq))
    error = fault(lambda: queue.requeue("body", 1))
    assert (error.reason, error.attempts, error.service_code) == (*SMQ[code][:2], code)
    assert error.service_request_id


def test_each_documented_code_has_a_row() -> None:
    assert set(DOCUMENTED.split()) <= smq_codes.SMQ.keys()


def test_the_table_holds_the_expected_rows_alone() -> None:
    assert dict(smq_codes.SMQ) == SMQ


def test_no_code_blames_the_object() -> None:
    assert FaultClass.PERMANENT not in {mapping.reason.fault_class for mapping in smq_codes.SMQ.values()}


@pytest.mark.parametrize(
    ("fault_class", "codes"),
    [
        (
            FaultClass.SYSTEMIC,
            "AccessDenied InvalidAccessKeyId SecurityTokenExpired SignatureDoesNotMatch TimeExpired QueueNotExist",
        ),
        (FaultClass.THROTTLED, "QpsLimitExceeded"),
        (FaultClass.TRANSIENT, "InternalError InternalServerError InvalidDegist InvalidArgument MessageNotExist"),
    ],
    ids=lambda value: value if isinstance(value, FaultClass) else "",
)
def test_the_classes_of_the_commonest_codes(fault_class: FaultClass, codes: str) -> None:
    assert {smq_codes.SMQ[code].reason.fault_class for code in codes.split()} == {fault_class}


def test_an_unknown_code_is_reported_as_such(smq: SmqService) -> None:
    smq.faults.add(Fault("error", code="BrandNewCode", status=418))
    error = fault(lambda: letters(smq).send(LETTER))
    assert (error.reason, error.service_code) == (Reason.SERVICE_CODE_UNKNOWN, "BrandNewCode")


# Credentials and queues.


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials("nobody", KEY_SECRET, TOKEN), "InvalidAccessKeyId"),
        (Credentials(KEY_ID, "wrong", TOKEN), "SignatureDoesNotMatch"),
        (Credentials(KEY_ID, KEY_SECRET, None), "InvalidSecurityToken"),
        (Credentials(KEY_ID, KEY_SECRET, "yesterdays"), "SecurityTokenExpired"),
        (Credentials(None, None, None), None),
    ],
    ids=["id", "secret", "no token", "expired token", "none"],
)
def test_a_refused_key_is_systemic(smq: SmqService, credentials: Credentials, code: str | None) -> None:
    smq.expired_tokens.add("yesterdays")
    error = fault(lambda: letters(smq, credentials=FixedCredentials(credentials)).send(LETTER))
    assert (error.reason, error.service_code) == (Reason.CREDENTIALS, code)


def test_a_renewed_key_is_used_by_the_next_call(smq: SmqService) -> None:
    source = FixedCredentials(Credentials(KEY_ID, "old", TOKEN))
    queue = letters(smq, credentials=source)
    assert fault(lambda: queue.send(LETTER)).reason is Reason.CREDENTIALS
    source.credentials = CREDENTIALS
    queue.send(LETTER)


def test_a_key_without_a_token_is_sent_without_one() -> None:
    with local_smq(security_token=None) as service:
        letters(service, credentials=FixedCredentials(Credentials(KEY_ID, KEY_SECRET, None))).send(LETTER)


def test_a_missing_queue_is_a_settings_fault(smq: SmqService) -> None:
    error = fault(lambda: adapter(SmqDeadLetterQueue, smq, "missing").send(LETTER))
    assert (error.reason, error.service_code) == (Reason.SETTINGS_REFUSED, "QueueNotExist")


def test_a_wrong_url_raises_the_expected_form() -> None:
    with pytest.raises(SettingsError, match=r"https://<account id>\.mns\."):
        SmqQueue("https://sqs.example/1/q", FixedCredentials(CREDENTIALS), connect_timeout=1, read_timeout=1)


# Missing and broken answers.


@pytest.mark.parametrize(
    ("scripted", "reason"),
    [
        (Fault("reset"), Reason.NETWORK),
        (Fault("lost_answer"), Reason.NETWORK),
        (Fault("stall", seconds=20), Reason.TIMEOUT),
        *((Fault("html", status=status), Reason.SERVICE_UNAVAILABLE) for status in (200, 302, 403, 502)),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else "",
)
def test_a_broken_answer_is_transient_and_never_success(smq: SmqService, scripted: Fault, reason: Reason) -> None:
    queue = letters(smq, read_timeout=0.3)
    smq.faults.add(scripted)
    began = time.monotonic()
    assert fault(lambda: queue.send(LETTER)).reason is reason
    assert time.monotonic() - began < 3
    assert len(smq.calls) == 1
    queue.send(LETTER)


def test_a_refused_connection_is_a_network_fault() -> None:
    with local_smq() as service:
        queue = letters(service)
    assert fault(lambda: queue.send(LETTER)).reason is Reason.NETWORK


def test_a_restarted_service_causes_no_fault(tmp_path: Path) -> None:
    """Kept connections would fail: the server has closed them."""
    with local_smq(state_dir=tmp_path) as service:
        port, name = int(service.url.rpartition(":")[2]), new_queue(service)
        queue = adapter(SmqDeadLetterQueue, service, name)
        queue.send(LETTER)
    with local_smq(state_dir=tmp_path, port=port) as service:
        service.create_queue(name)
        queue.send(LETTER)
        assert len(service.messages(name)) == 1


XML = (
    b'<?xml version="1.0"?><Message xmlns="http://mns.aliyuncs.com/doc/v1/"><MessageId>%s</MessageId>'
    b"<MessageBodyMD5>0</MessageBodyMD5></Message>"
)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201, b""),
        Answer(201, XML % b""),
        Answer(201, XML % b"1", sent=60),
        Answer(201, b"<Message><MessageId><b>1</b></MessageId></Message>"),
        Answer(201, b"<Error><Code>InternalError</Code><Message>m</Message></Error>"),
        Answer(201, b"\xff\xfe"),
        Answer(302, XML % b"1"),
    ],
    ids=["empty", "no id", "cut short", "nested", "an error as success", "not UTF-8", "redirect"],
)
def test_only_a_message_id_is_success(answer: Answer) -> None:
    """The scripted endpoint speaks HTTP without TLS, as its URL says."""
    with Wire() as wire:
        queue = SmqDeadLetterQueue(
            f"{wire.url}/queues/q", FixedCredentials(CREDENTIALS), connect_timeout=1, read_timeout=1
        )
        wire.script(answer)
        assert fault(lambda: queue.send(LETTER)).reason.fault_class is FaultClass.TRANSIENT
        wire.script(Answer(201, XML % b"1"))
        queue.send(LETTER)
