"""The handler of Function Compute requeues a record that must wait, and settles it later."""

import pytest

from imagesearch_ingest.model.errors import NotDoneError
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.smq import Fault
from tests.support.fc_outages import FOR_EVER, NEW, NO_RETRY, OLD, behind, both, created, put, reasons
from tests.support.function_compute import Function, empty, outcome_lines
from tests.support.oss_events import as_text, element, message, notification


@pytest.fixture
def function(function: Function) -> Function:
    return behind(function)


@pytest.mark.parametrize(
    ("code", "status", "reason", "least", "most"),
    [("DeniedRequest", 403, "throttled", 7, 13), ("UnknownException", 500, "service_unavailable", 11, 19)],
)
def test_waiting_record_is_requeued_until_done(
    function: Function, cloud: AlibabaCloud, capsys, *, code: str, status: int, reason: str, least: int, most: int
) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": code, "status": status})
    function(both(), NO_RETRY)
    assert reasons(capsys) == {reason}
    assert function.pic_names() == []  # but the other record is settled
    (envelope,) = function.waiting()
    (delay,) = function.delays()
    assert least <= delay <= most
    assert envelope["imagesearch_ingest"]["receives"] == 2
    assert envelope["imagesearch_ingest"]["message"] == created(NEW)["data"]["messageBody"]
    assert function.run_queue() == 0  # still delayed
    function.clock.ahead = most
    assert function.run_queue(NO_RETRY) == 1
    ((envelope,), (delay,)) = function.waiting(), function.delays()
    assert envelope["imagesearch_ingest"]["receives"] == 3
    assert delay > least
    cloud.image_search.faults.clear()
    function.clock.ahead += 2 * most + 10
    assert function.run_queue() == 1
    assert function.pic_names() == [NEW]
    assert not function.waiting()
    assert not function.letters()
    assert outcome_lines(capsys)[-1]["receive_count"] == 3


def test_eighth_receive_writes_dead_letter_if_others_succeed(function: Function, cloud: AlibabaCloud) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": "UnknownException", "status": 500})
    put(cloud, OLD)
    empty(cloud)
    body = as_text({"imagesearch_ingest": {"receives": 7, "first_received_at": None, "message": "@"}})
    original = created(NEW)["data"]["messageBody"]
    function([message(body.replace('"@"', as_text(original)))], NO_RETRY)
    assert not function.letters()
    cloud.image_search.faults.clear()
    function([created(OLD)])
    cloud.image_search.faults.add(FOR_EVER | {"code": "UnknownException", "status": 500})
    function.clock.ahead = 1200
    assert function.run_queue(NO_RETRY) == 1
    (letter,) = function.letters()
    assert (letter["code"], letter["receive_count"]) == ("service_unavailable", 8)
    assert letter["original_event"] == original
    assert letter["first_received_at"]
    assert not function.waiting()


def test_late_record_is_requeued(function: Function, capsys) -> None:
    function(both(), 4)
    assert reasons(capsys) == {"not_begun"}
    assert len(function.waiting()) == 2
    function.clock.ahead = 15
    assert function.run_queue() == 2
    assert function.pic_names() == [NEW]


@pytest.mark.parametrize("kind", ["error", "reset"])
def test_failed_requeue_fails_the_function(function: Function, cloud: AlibabaCloud, kind: str) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    cloud.smq.faults.add(Fault(kind, "SendMessage", times=None))
    with pytest.raises(NotDoneError, match="The queue refused it"):
        function(both(), NO_RETRY)
    assert not function.waiting()
    cloud.smq.faults.clear()
    cloud.image_search.faults.clear()
    function(both())
    assert function.pic_names() == [NEW]


def test_slow_queue_takes_whole_array(function: Function, cloud: AlibabaCloud) -> None:
    """After a failure half-way, the records already sent would exist twice."""
    keys = [f"many/{number}.jpg" for number in range(10)]
    for key in keys:
        put(cloud, key)
    empty(cloud)
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    cloud.smq.faults.add(Fault("stall", "SendMessage", times=None, seconds=0.3))
    function([created(key) for key in keys], NO_RETRY)
    assert len(function.waiting()) == 10


def test_unsettled_direct_event_raises(function: Function, cloud: AlibabaCloud) -> None:
    """The platform repeats the event of a direct trigger, and discards it in the end."""
    function.start(INGEST_QUEUE_URL="")
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    with pytest.raises(NotDoneError):
        function(notification(element(NEW)), NO_RETRY)
    cloud.image_search.faults.clear()
    function(notification(element(NEW)))
    assert sorted(function.pic_names()) == [NEW, OLD]
    assert not function.waiting()
