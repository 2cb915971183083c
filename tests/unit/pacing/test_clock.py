from imagesearch_ingest.pacing.clock import Deadline
from tests.support.fakes import VirtualClock


def test_deadline_is_so_many_seconds_from_now() -> None:
    clock = VirtualClock()
    clock.sleep(100.0)
    deadline = Deadline.after(clock, 60.0)
    assert (deadline.clock, deadline.at, deadline.seconds_left()) == (clock, 160.0, 60.0)


def test_deadline_runs_out() -> None:
    clock = VirtualClock()
    deadline = Deadline.after(clock, 60.0)
    clock.sleep(61.0)
    assert deadline.seconds_left() == -1.0


def test_later_deadline_is_on_the_same_clock() -> None:
    clock = VirtualClock()
    later = Deadline.after(clock, 60.0).later(-2.0)
    assert (later.clock, later.seconds_left()) == (clock, 58.0)
