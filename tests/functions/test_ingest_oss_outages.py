"""In an outage the handler of Function Compute sends every record to its queue again, and loses nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from imagesearch_ingest.model.errors import NotDoneError, SettingsError
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.smq import Fault
from tests.support.fc_outages import BAD, NEW, NO_RETRY, OLD, assert_untouched, behind, both, created, put, reasons
from tests.support.function_compute import KEYS, Function, empty, outcome_lines
from tests.support.oss_events import as_text, message

NO_KEYS = dict.fromkeys(KEYS, "")


@pytest.fixture
def function(function: Function) -> Function:
    return behind(function)


HALF_AN_HOUR_AT_MOST = 2250  # with its jitter
WRONG_KEYS = {
    "wrong access key": {KEYS[0]: "STS.nobody"},
    "wrong secret": {KEYS[1]: "another"},
    "wrong token": {KEYS[2]: "another"},
    "no access key": NO_KEYS,
}


@pytest.mark.parametrize("variables", WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_refused_key_fails_the_function(
    function: Function, cloud: AlibabaCloud, capsys, *, variables: dict[str, str]
) -> None:
    """The queue refuses the same key, so the stream has to keep the array."""
    function.start(**variables)
    with pytest.raises(NotDoneError):
        function(both())
    assert reasons(capsys) == {"credentials"}
    assert_untouched(function)
    function.start(**cloud.environ())
    function(both())
    assert function.pic_names() == [NEW]


# The queue takes back what any other fault leaves: a stream that waits would let the messages behind it expire.

CAUSES: dict[str, tuple[dict[str, str], Callable[[AlibabaCloud], object], str]] = {
    "another region": ({"FC_REGION": "cn-beijing"}, lambda _: None, "bucket_missing"),
    "no right to read": (
        {},
        lambda cloud: cloud.oss.denied.update({"oss:GetObject", "oss:ListObjects"}),
        "bucket_forbidden",
    ),
    "instance unknown": ({"INGEST_INSTANCE_NAME": "other"}, lambda _: None, "instance_unavailable"),
}


@pytest.mark.parametrize(("variables", "spoil", "reason"), CAUSES.values(), ids=CAUSES)
def test_record_of_a_systemic_fault_is_requeued(
    function: Function, cloud: AlibabaCloud, capsys, *, variables: dict, spoil: Callable, reason: str
) -> None:
    function.start(**variables)
    spoil(cloud)
    function(both())
    assert reasons(capsys) == {reason}
    assert_requeued(function, 2)
    cloud.oss.denied.clear()
    function.start(**cloud.environ())
    function.clock.ahead = HALF_AN_HOUR_AT_MOST
    assert function.run_queue() == 2
    assert function.pic_names() == [NEW]
    assert not function.letters()


def test_missing_bucket_deletes_nothing(function: Function, cloud: AlibabaCloud, capsys) -> None:
    function(both("nowhere"))
    assert reasons(capsys) == {"bucket_missing"}
    assert_requeued(function, 2)
    cloud.oss.make_bucket("nowhere")
    put(cloud, NEW, "nowhere")
    empty(cloud)
    function(both("nowhere"))
    assert function.pic_names() == [NEW]


def test_bucket_elsewhere_deletes_nothing(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.oss.make_bucket("elsewhere", "cn-beijing")
    function(both("elsewhere"))
    assert reasons(capsys) == {"bucket_missing"}
    assert_requeued(function, 2)


def test_no_way_to_the_service_is_an_outage(function: Function, cloud: AlibabaCloud, capsys) -> None:
    """Nothing works, so nothing proves that the fault is the object's, at whatever receive."""
    function.start(INGEST_HTTPS_PROXY="http://127.0.0.1:9")
    function(received(8), NO_RETRY)
    assert reasons(capsys) == {"network"}
    assert_requeued(function, 1)
    (envelope,) = function.waiting()
    assert envelope["imagesearch_ingest"]["receives"] == 9
    function.start(**cloud.environ())
    function.clock.ahead = HALF_AN_HOUR_AT_MOST
    assert function.run_queue() == 1
    assert NEW in function.pic_names()
    assert not function.letters()


def received(times: int) -> list[dict[str, Any]]:
    """Return the array of a record that the function sent again, received so many times."""
    envelope = {"receives": times, "first_received_at": None, "message": created(NEW)["data"]["messageBody"]}
    return [message(as_text({"imagesearch_ingest": envelope}))]


def assert_requeued(function: Function, records: int) -> None:
    assert function.pic_names() == [OLD]
    assert not function.letters()
    assert len(function.delays()) == records
    assert all(1350 <= seconds <= HALF_AN_HOUR_AT_MOST for seconds in function.delays())


def test_one_refused_object_waits_alone(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.oss.faults.add({"method": "GET", "key": NEW, "kind": "error", "code": "KmsServiceNotEnabled", "status": 400})
    function(both())
    assert reasons(capsys) == {"access_denied"}
    assert function.pic_names() == []
    assert len(function.waiting()) == 1
    function.clock.ahead = 20
    assert function.run_queue() == 1
    assert function.pic_names() == [NEW]


# The dead-letter queue.

SMQ_DOWN = {
    "it fails": Fault("error", times=None),
    "it hangs up": Fault("reset", times=None),
    "a proxy's page": Fault("html", times=None),
    "no such queue": Fault("error", times=None, code="QueueNotExist", status=404),
    "no right to send": Fault("error", times=None, code="AccessDenied", status=403),
}


@pytest.mark.parametrize("fault", SMQ_DOWN.values(), ids=SMQ_DOWN)
def test_dead_message_queue_fails_the_function(function: Function, cloud: AlibabaCloud, capsys, fault: Fault) -> None:
    put(cloud, BAD)
    empty(cloud)
    cloud.smq.faults.add(fault)
    with pytest.raises(NotDoneError):
        function([created(BAD)], NO_RETRY)
    (line,) = outcome_lines(capsys)
    assert (line["outcome"], line["dead_lettered"]) == ("rejected", False)
    assert line["dead_letter_fault"]
    assert_untouched(function)
    cloud.smq.faults.clear()
    function([created(BAD)])
    assert [letter["code"] for letter in function.letters()] == ["not_an_image"]


def test_record_without_its_letter_is_requeued(function: Function, cloud: AlibabaCloud) -> None:
    function.start(INGEST_DEAD_LETTER_QUEUE_URL="https://127.0.0.1:9/queues/ingest-dead-letters")
    put(cloud, BAD)
    empty(cloud)
    function([created(BAD)], NO_RETRY)
    assert_requeued(function, 1)
    function.start(**cloud.environ())
    function.clock.ahead = HALF_AN_HOUR_AT_MOST
    assert function.run_queue() == 1
    assert [letter["code"] for letter in function.letters()] == ["not_an_image"]


def test_repeated_letter_has_same_id(function: Function, cloud: AlibabaCloud) -> None:
    """If the answer of the dead-letter queue is lost, the record comes again. Readers keep one letter per record ID."""
    put(cloud, BAD)
    empty(cloud)
    cloud.smq.faults.add(Fault("lost_answer", "SendMessage"))
    function([created(BAD)], NO_RETRY)
    function.clock.ahead = HALF_AN_HOUR_AT_MOST
    assert function.run_queue() == 1
    assert len(function.letters()) == 2
    assert len({letter["record_id"] for letter in function.letters()}) == 1


# Settings.


def test_wrong_settings_fail_each_invocation(function: Function, cloud: AlibabaCloud) -> None:
    function.start(INGEST_INSTANCE_NAME="", INGEST_INSTANCE_TIMEOUT_SECONDS="soon", INGEST_TIMEOUT="3")
    for _ in range(2):
        with pytest.raises(SettingsError) as error:
            function(both())
    faults = str(error.value).splitlines()
    assert [line.split()[0] for line in faults] == [
        "INGEST_INSTANCE_NAME",
        "INGEST_INSTANCE_TIMEOUT_SECONDS",
        "Unknown",
    ]
    assert faults[-1].startswith("Unknown setting INGEST_TIMEOUT.")
    function.start(INGEST_INSTANCE_NAME=cloud.instance, INGEST_INSTANCE_TIMEOUT_SECONDS="", INGEST_TIMEOUT="")
    function(both())
    assert function.pic_names() == [NEW]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FC_REGION", ""),
        ("INGEST_CREDENTIALS_SECRET", "a-secret"),
        ("INGEST_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/ingest"),
        ("INGEST_DEAD_LETTER_QUEUE_URL", "https://1.mns.cn-shanghai.aliyuncs.com/topics/ingest"),
    ],
)
def test_settings_of_this_cloud_are_checked(function: Function, name: str, value: str) -> None:
    function.start(**{name: value})
    with pytest.raises(SettingsError, match=name):
        function(both())


@pytest.mark.parametrize("event", [b"", b"{}", b"rubbish", b'{"Records": []}', b'{"events": []}'])
def test_unknown_trigger_is_refused(function: Function, event: bytes) -> None:
    with pytest.raises(ValueError, match="unknown trigger"):
        function(event)
    assert_untouched(function)
