"""Every row of SMQ's table, and every way in which an answer can fail to come: at the wire, over TLS."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue, SmqQueue, SmqRetryQueue
from imagesearch_ingest.adapters.alibaba.smq_codes import SMQ
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from local_cloud.smq import Fault, SmqService
from tests.support.fakes import FixedCredentials, a_letter
from tests.support.settled import Settled, check_calls
from tests.support.smq import CREDENTIALS, KEY_ID, KEY_SECRET, TOKEN, adapter, fault, local_smq, new_queue
from tests.support.wire import Answer, Wire

LETTER = a_letter()
# SMQ API reference, "Error codes", of queues and messages; spelt as it spells them.
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


# Every row. Statuses mislead on purpose: a code is told by itself.


@pytest.mark.parametrize("code", SMQ)
def test_every_code_hands_back_the_record_whose_dead_letter_is_due(smq: SmqService, code: str) -> None:
    smq.faults.add(Fault("error", code=code, status=400, times=None))
    settled = Settled(key="bad.jpg", dead_letters=letters(smq))
    assert settled.run(receives=8)
    assert settled.reporter.dead_lettered == [False]
    check_calls(len(smq.calls), SMQ[code])
    systemic = SMQ[code].reason.fault_class is FaultClass.SYSTEMIC
    assert 1350 <= settled.queue.deferred["r"] <= 2250 if systemic else settled.queue.deferred["r"] < 600
    assert not settled.queue.acked


@pytest.mark.parametrize("code", SMQ)
@pytest.mark.parametrize("status", [403, 500])
def test_every_code_is_told_whatever_its_status(smq: SmqService, code: str, status: int) -> None:
    smq.faults.add(Fault("error", code=code, status=status))
    queue = adapter(SmqRetryQueue, smq, new_queue(smq))
    error = fault(lambda: queue.requeue("body", 1))
    assert (error.reason, error.attempts, error.service_code) == (*SMQ[code][:2], code)
    assert error.service_request_id


def test_no_row_is_missing_and_none_blames_the_picture() -> None:
    assert set(DOCUMENTED.split()) <= SMQ.keys()
    assert FaultClass.PERMANENT not in {verdict.reason.fault_class for verdict in SMQ.values()}


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
def test_what_the_codes_that_one_meets_mean(fault_class: FaultClass, codes: str) -> None:
    """Said a second time, independently of the table."""
    assert {SMQ[code].reason.fault_class for code in codes.split()} == {fault_class}


def test_a_code_nobody_has_heard_of_is_told_as_one(smq: SmqService) -> None:
    smq.faults.add(Fault("error", code="BrandNewCode", status=418))
    error = fault(lambda: letters(smq).send(LETTER))
    assert (error.reason, error.service_code) == (Reason.SERVICE_CODE_UNKNOWN, "BrandNewCode")


# Who asks, and what for.


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


def test_a_queue_that_is_not_there_is_the_settings_fault(smq: SmqService) -> None:
    error = fault(lambda: adapter(SmqDeadLetterQueue, smq, "missing").send(LETTER))
    assert (error.reason, error.service_code) == (Reason.SETTINGS_REFUSED, "QueueNotExist")


def test_what_is_no_queues_url_says_what_is_expected() -> None:
    with pytest.raises(SettingsError, match=r"https://<account id>\.mns\."):
        SmqQueue("https://sqs.example/1/q", FixedCredentials(CREDENTIALS), connect_timeout=1, read_timeout=1)


# Answers that do not come, or are none.


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
def test_what_is_no_answer_is_transient_and_never_success(smq: SmqService, scripted: Fault, reason: Reason) -> None:
    queue = letters(smq, read_timeout=0.3)
    smq.faults.add(scripted)
    began = time.monotonic()
    assert fault(lambda: queue.send(LETTER)).reason is reason
    assert time.monotonic() - began < 3
    assert len(smq.calls) == 1
    queue.send(LETTER)


def test_nobody_there_is_a_network_fault() -> None:
    with local_smq() as service:
        queue = letters(service)
    assert fault(lambda: queue.send(LETTER)).reason is Reason.NETWORK


def test_a_service_that_was_restarted_meanwhile_is_no_fault(tmp_path: Path) -> None:
    """A connection that was kept open would be one that the server has closed."""
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
    ids=["empty", "no id", "cut short", "nested", "an error as success", "no text", "redirect"],
)
def test_only_a_message_id_is_success(answer: Answer) -> None:
    """Without TLS, where the URL says so."""
    with Wire() as wire:
        queue = SmqDeadLetterQueue(
            f"{wire.url}/queues/q", FixedCredentials(CREDENTIALS), connect_timeout=1, read_timeout=1
        )
        wire.script(answer)
        assert fault(lambda: queue.send(LETTER)).reason.fault_class is FaultClass.TRANSIENT
        wire.script(Answer(201, XML % b"1"))
        queue.send(LETTER)
