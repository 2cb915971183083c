"""Batches on SMQ: one request for sixteen messages, and one for each message where a batch is refused."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ops.queues.smq import SmqOperatorQueue
from local_cloud.server.wire import Response
from local_cloud.smq import SmqService, operations
from local_cloud.smq.actions import Action, parse_body
from local_cloud.smq.documents import encode_documents
from local_cloud.smq.errors import SmqError
from local_cloud.smq.rendering import render
from tests.support.smq import adapter, local_smq, new_queue


@pytest.fixture(scope="module")
def service() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.fixture
def name(service: SmqService) -> str:
    return new_queue(service)


@pytest.fixture
def queue(service: SmqService, name: str) -> SmqOperatorQueue:
    return SmqOperatorQueue(adapter(SmqQueue, service, name), service.queue_url(name))


def texts(service: SmqService, name: str) -> Counter[str]:
    return Counter(message.text for message in service.messages(name))


def test_sixteen_messages_are_one_request(service: SmqService, name: str, queue: SmqOperatorQueue) -> None:
    before = len(service.calls)
    bodies = [f"{n} 鞋" for n in range(35)]
    assert queue.send(bodies) == [None] * 35
    assert service.calls[before:] == ["BatchSendMessage"] * 3
    assert texts(service, name) == Counter(bodies)
    assert {message.priority for message in service.messages(name)} == {16}


def test_large_messages_are_sent_in_requests_that_smq_takes(service: SmqService, name: str, queue) -> None:
    before = len(service.calls)
    queue.send([f"{n}" * 20_000 for n in range(5)])
    assert service.calls[before:] == ["BatchSendMessage", "BatchSendMessage", "SendMessage"]
    assert sum(texts(service, name).values()) == 5


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Response]], None]:
    """Return a function that lets the local SMQ answer to batches in another way."""
    return lambda answer: monkeypatch.setitem(operations._ACTIONS, "BatchSendMessage", answer)  # noqa: SLF001 - no faults


def test_where_a_batch_is_refused_each_message_is_sent_alone(service, name, queue, batches) -> None:
    def refuse(*_: object) -> Response:
        raise SmqError("AccessDenied", "The OwnerId that your Access Key Id associated to is forbidden.")

    batches(refuse)
    bodies = [str(n) for n in range(20)]
    assert queue.send(bodies) == [None] * 20
    assert texts(service, name) == Counter(bodies)


@pytest.mark.parametrize("lost", ["1", "16"])
def test_a_batch_that_is_accepted_in_part_loses_none(service, name, queue, batches, lost: str) -> None:
    def take_some(_: object, action: Action) -> Response:
        """Answer as the SDK reads it (``BatchSendMessageDecoder``): a list of messages and errors."""
        answers = []
        for number, given in enumerate(parse_body(action, "Messages"), 1):
            if number == int(lost):
                answers.append({"ErrorCode": "InternalServerError", "ErrorMessage": "no"})
            else:
                sent = service.queue(name).send(given["MessageBody"])
                answers.append({"MessageId": sent.id, "MessageBodyMD5": sent.md5})
        return render(500, encode_documents("Messages", "Message", answers))

    batches(take_some)
    bodies = [str(n) for n in range(16)]
    assert queue.send(bodies) == [None] * 16
    assert texts(service, name).keys() == set(bodies)
