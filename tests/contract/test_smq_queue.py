"""The adapter for SMQ's queues: TLS, threads, and the 64 KB of a message."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from ssl import SSLContext

import pytest

from imagesearch_ingest.adapters.alibaba.smq import (
    MAX_DELAY_SECONDS,
    MAX_MESSAGE_BYTES,
    MAX_TEXT_BYTES,
    SmqDeadLetterQueue,
    SmqRetryQueue,
)
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from local_cloud.server.certificates import Authority
from local_cloud.server.tls import TlsListener
from local_cloud.server.wire import Client, Request, Response
from local_cloud.smq import SmqService
from tests.support.fakes import FixedCredentials, a_letter
from tests.support.operator_queue import peek_smq
from tests.support.smq import CREDENTIALS, adapter, fault, local_smq, new_queue

LETTER = a_letter()


@pytest.fixture(scope="module")
def running() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.fixture
def smq(running: SmqService) -> SmqService:
    running.calls.clear()
    return running


def letters(smq: SmqService, **changed: object) -> SmqDeadLetterQueue:
    return adapter(SmqDeadLetterQueue, smq, new_queue(smq), **changed)


# TLS.


def test_an_unknown_authority_is_not_trusted(smq: SmqService) -> None:
    error = fault(lambda: letters(smq, ca_bundle=None).send(LETTER))
    assert error.reason is Reason.SETTINGS_REFUSED
    assert "certificate" in error.detail
    assert not smq.calls


class AnotherHost(Authority):
    """The same authority, whose certificates are all for another host."""

    def server_context(self, host: str = "") -> SSLContext:
        del host
        return super().server_context("elsewhere.example")


def test_a_certificate_for_another_host_is_not_trusted(smq: SmqService) -> None:
    received: list[Request] = []

    def respond(request: Request, _client: Client) -> Response:
        received.append(request)
        return Response(201)

    with closing(TlsListener("elsewhere", respond, AnotherHost(smq.ca_path.parent))) as listener:
        url = f"{listener.url}/queues/q"
        source = FixedCredentials(CREDENTIALS)
        queue = SmqDeadLetterQueue(url, source, connect_timeout=2, read_timeout=2, ca_bundle=smq.ca_path)
        assert "certificate" in fault(lambda: queue.send(LETTER)).detail
    assert not received


def test_a_bundle_without_certificates_is_a_settings_fault(smq: SmqService, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for bundle in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(SettingsError, match=bundle.name):
            letters(smq, ca_bundle=bundle)


# Many messages, and long ones.


def test_threads_do_not_disturb_each_other(smq: SmqService) -> None:
    queue = letters(smq)
    with ThreadPoolExecutor(20) as pool:
        sent = [pool.submit(queue.send, a_letter(record_id=str(number))) for number in range(200)]
    for future in sent:
        future.result()
    found = [DeadLetter.model_validate_json(message.body).record_id for message in peek_smq(queue)]
    assert sorted(found, key=int) == [str(number) for number in range(200)]


@pytest.mark.parametrize("character", ["x", "鞋", "\U0001f45f", "\x00"])
def test_a_long_letter_loses_its_events_end(smq: SmqService, character: str) -> None:
    name, long = new_queue(smq), a_letter(original_event=character * 120_000)
    adapter(SmqDeadLetterQueue, smq, name).send(long)
    (message,) = smq.messages(name)
    assert MAX_MESSAGE_BYTES - 40 < len(message.body) <= MAX_MESSAGE_BYTES
    letter = DeadLetter.model_validate_json(message.text)
    assert letter.original_event_truncated
    assert letter == long.model_copy(
        update={"original_event": character * len(letter.original_event), "original_event_truncated": True}
    )


def test_too_long_a_body_is_not_requeued(smq: SmqService) -> None:
    name = new_queue(smq)
    queue = adapter(SmqRetryQueue, smq, name)
    queue.requeue("x" * MAX_TEXT_BYTES, 10**9)
    (message,) = smq.messages(name)
    assert len(message.body) == MAX_MESSAGE_BYTES
    assert message.visible_at - message.enqueued_at == pytest.approx(MAX_DELAY_SECONDS)
    error = fault(lambda: queue.requeue("鞋" * (MAX_TEXT_BYTES // 3) + "x", 1))
    assert (error.reason, error.attempts) == (Reason.INTERNAL_ERROR, 1)
    assert error.reason.fault_class is FaultClass.TRANSIENT
    assert len(smq.messages(name)) == 1
