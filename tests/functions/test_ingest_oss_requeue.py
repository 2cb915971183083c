"""The handler of Function Compute when something has only to wait: it is sent to its queue again, and done then."""

import pytest

from imagesearch_ingest.model.errors import NotDoneError
from local_cloud.alibaba_cloud import AlibabaCloud
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
def test_what_has_only_to_wait_is_sent_again_and_done_when_it_can_be(
    function: Function, cloud: AlibabaCloud, capsys, *, code: str, status: int, reason: str, least: int, most: int
) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": code, "status": status})
    function(both(), NO_RETRY)
    assert reasons(capsys) == {reason}
    assert function.pic_names() == []  # its neighbour was settled
    (envelope,) = function.waiting()
    (delay,) = function.delays()
    assert least <= delay <= most
    assert envelope["imagesearch_ingest"]["receives"] == 2
    assert envelope["imagesearch_ingest"]["message"] == created(NEW)["data"]["messageBody"]
    assert function.takes_from_queue() == 0  # not yet
    function.clock.ahead = most
    assert function.takes_from_queue(NO_RETRY) == 1
    ((envelope,), (delay,)) = function.waiting(), function.delays()
    assert envelope["imagesearch_ingest"]["receives"] == 3
    assert delay > least
    cloud.image_search.faults.clear()
    function.clock.ahead += 2 * most + 10
    assert function.takes_from_queue() == 1
    assert function.pic_names() == [NEW]
    assert not function.waiting()
    assert not function.letters()
    assert outcome_lines(capsys)[-1]["receive_count"] == 3


def test_what_never_works_ends_as_a_dead_letter_at_the_eighth_receive(function: Function, cloud: AlibabaCloud) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": "UnknownException", "status": 500})
    body = as_text({"imagesearch_ingest": {"receives": 7, "first_received_at": None, "message": "@"}})
    original = created(NEW)["data"]["messageBody"]
    function([message(body.replace('"@"', as_text(original)))], NO_RETRY)
    assert not function.letters()
    function.clock.ahead = 1200
    assert function.takes_from_queue(NO_RETRY) == 1
    (letter,) = function.letters()
    assert (letter["code"], letter["receive_count"]) == ("service_unavailable", 8)
    assert letter["original_event"] == original
    assert letter["first_received_at"]
    assert not function.waiting()


def test_what_there_is_no_time_for_is_sent_again_too(function: Function, capsys) -> None:
    function(both(), 4)
    assert reasons(capsys) == {"not_begun"}
    assert len(function.waiting()) == 2
    function.clock.ahead = 15
    assert function.takes_from_queue() == 2
    assert function.pic_names() == [NEW]


@pytest.mark.parametrize("kind", ["error", "reset"])
def test_a_queue_that_does_not_take_it_back_fails_the_function(
    function: Function, cloud: AlibabaCloud, kind: str
) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    cloud.smq.faults.add(Fault(kind, "SendMessage", times=None))
    with pytest.raises(NotDoneError, match="The queue refused it"):
        function(both(), NO_RETRY)
    assert not function.waiting()
    cloud.smq.faults.clear()
    cloud.image_search.faults.clear()
    function(both())
    assert function.pic_names() == [NEW]


def test_a_slow_queue_takes_a_whole_array_back(function: Function, cloud: AlibabaCloud) -> None:
    """If it failed half-way, those sent already would be there twice when the array comes again."""
    keys = [f"many/{number}.jpg" for number in range(10)]
    for key in keys:
        put(cloud, key)
    empty(cloud)
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    cloud.smq.faults.add(Fault("stall", "SendMessage", times=None, seconds=0.3))
    function([created(key) for key in keys], NO_RETRY)
    assert len(function.waiting()) == 10


def test_without_a_queue_what_is_not_done_is_raised(function: Function, cloud: AlibabaCloud) -> None:
    """A direct trigger's event: the platform repeats it, and gives up in its own way."""
    function.start(INGEST_QUEUE_URL="")
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    with pytest.raises(NotDoneError):
        function(notification(element(NEW)), NO_RETRY)
    cloud.image_search.faults.clear()
    function(notification(element(NEW)))
    assert sorted(function.pic_names()) == [NEW, OLD]
    assert not function.waiting()
