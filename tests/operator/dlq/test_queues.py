"""SQS and SMQ behind one protocol pass the same tests."""

import base64
import time

import pytest

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.errors import InputError
from imagesearch_ops.queues import OperatorQueue, open_queue
from imagesearch_ops.queues.sqs import SqsQueue


@pytest.fixture
def queue(pair) -> OperatorQueue:
    return open_queue(pair.letters, pair.environ)


def test_it_counts_what_is_visible_and_what_is_held(pair, queue: OperatorQueue) -> None:
    pair.put(*map(str, range(30)))
    held = len(queue.receive(0, 300))
    count = queue.count()
    assert (count.visible, count.hidden, count.total) == (30 - held, held, 30)


def test_a_received_message_says_when_it_was_sent_and_when_it_expires(pair, queue: OperatorQueue) -> None:
    pair.put("one")
    queue.count()
    (message,) = queue.receive(0, 300)
    assert message.body == "one"
    assert abs(message.sent_at.timestamp() - time.time()) < 60
    assert (message.expires_at - message.sent_at).days == {"aws": 14, "alibaba": 7}[pair.cloud]


def test_an_empty_queue_brings_nothing(queue: OperatorQueue) -> None:
    assert queue.receive(0, 300) == []


def test_released_messages_are_received_again(pair, queue: OperatorQueue) -> None:
    pair.put(*map(str, range(25)))
    received = []
    while more := queue.receive(0, 300):
        received += more
    queue.release([message.receipt for message in received])
    time.sleep(1.1)  # SMQ's shortest time
    assert len(queue.receive(0, 300)) == queue.batch


def test_extended_messages_stay_hidden_and_can_be_deleted(pair, queue: OperatorQueue) -> None:
    pair.put("one", "two")
    received = queue.receive(0, 2)
    receipts = queue.extend([message.receipt for message in received], 600)
    queue.delete(receipts)
    assert pair.bodies() == []


def test_deleted_messages_are_gone_and_the_others_stay(pair, queue: OperatorQueue) -> None:
    pair.put(*map(str, range(12)))
    received = []
    while more := queue.receive(0, 300):
        received += more
    queue.delete([message.receipt for message in received if message.body != "7"])
    queue.release([message.receipt for message in received if message.body == "7"])
    assert pair.bodies() == ["7"]


def test_stale_receipts_are_no_error(pair, queue: OperatorQueue) -> None:
    pair.put("one")
    (message,) = queue.receive(0, 300)
    queue.delete([message.receipt])
    queue.release([message.receipt])
    queue.delete([message.receipt])
    assert pair.bodies() == []


def test_sent_messages_arrive_with_any_text(pair, queue: OperatorQueue) -> None:
    bodies = [f"{number} 鞋 \u202e" for number in range(23)]
    assert queue.send(bodies) == [None] * 23
    assert sorted(pair.bodies()) == sorted(bodies)


def test_a_queue_that_does_not_exist_is_an_operators_matter(pair) -> None:
    missing = open_queue(f"{pair.letters}-missing", pair.environ)
    with pytest.raises(IngestError) as error:
        missing.count()
    assert error.value.is_systemic


def test_backfill_messages_give_way_on_sqs(sqs) -> None:
    open_queue(sqs.letters, sqs.environ).send(["one"])
    answer = sqs.client.receive_message(QueueUrl=sqs.letters, AttributeNames=["MessageGroupId"], WaitTimeSeconds=0)
    assert answer["Messages"][0]["Attributes"]["MessageGroupId"] == "backfill"


def test_backfill_messages_give_way_on_smq(smq_pair) -> None:
    open_queue(smq_pair.letters, smq_pair.environ).send(["one"])
    (message,) = smq_pair.service.messages(smq_pair.letters.rpartition("/")[2])
    assert message.priority == 16


@pytest.mark.parametrize("body", ["plain {text}", "bm8gVVRGLTg6IP8="])
def test_a_foreign_smq_message_is_read_as_it_is(smq_pair, body: str) -> None:
    smq_pair.put(body, base64.b64encode(b'{"a": 1}').decode())
    queue = open_queue(smq_pair.letters, smq_pair.environ)
    assert sorted(message.body for message in queue.receive(0, 300)) == sorted([body, '{"a": 1}'])


class FlakyClient:
    """An SQS client that refuses some entries of each batch."""

    def __init__(self, refusals: list[dict[str, str]]) -> None:
        self.refusals = refusals  # of each call: the code by message
        self.calls: list[list[str]] = []

    def send_message_batch(self, *, Entries: list[dict], **_: object) -> dict:  # noqa: N803 - SQS's name
        self.calls.append([entry["MessageBody"] for entry in Entries])
        codes = self.refusals.pop(0) if self.refusals else {}
        failed = [entry for entry in Entries if entry["MessageBody"] in codes]
        return {
            "Successful": [{"Id": entry["Id"]} for entry in Entries if entry not in failed],
            "Failed": [{"Id": entry["Id"], "Code": codes[entry["MessageBody"]]} for entry in failed],
        }


def test_refused_entries_of_a_batch_are_repeated_and_the_others_are_not() -> None:
    client = FlakyClient([{"b": "InternalError", "c": "ServiceUnavailable"}, {"c": "ServiceUnavailable"}])
    assert SqsQueue(client, "url").send(["a", "b", "c"]) == [None, None, None]
    assert client.calls == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_an_entry_that_stays_refused_is_told() -> None:
    client = FlakyClient([{"b": "ServiceUnavailable"}] * 9)
    first, second = SqsQueue(client, "url").send(["a", "b"])
    assert first is None
    assert second.reason is Reason.SERVICE_UNAVAILABLE
    assert len(client.calls) == 5


def test_an_entry_that_the_answer_forgets_was_not_sent() -> None:
    class Silent:
        def send_message_batch(self, **_: object) -> dict:
            return {}

    (error,) = SqsQueue(Silent(), "url").send(["a"])
    assert error.reason is Reason.SERVICE_UNAVAILABLE


def test_large_messages_are_sent_in_requests_that_sqs_takes() -> None:
    client = FlakyClient([])
    SqsQueue(client, "url").send(["x" * 100_000] * 5)
    assert [len(call) for call in client.calls] == [2, 2, 1]


def test_a_mistyped_smq_url_names_the_expected_form() -> None:
    with pytest.raises(SettingsError, match="/queues/<name>"):
        open_queue("https://1.mns.cn-shanghai.aliyuncs.com/dead-letters", {})


def test_an_arn_is_not_a_url() -> None:
    with pytest.raises(InputError, match="begins with https://"):
        open_queue("arn:aws:sqs:eu-west-1:123456789012:letters", {"AWS_REGION": "eu-west-1"})
