"""On Function Compute the alarms of the watch follow its latest look that knew."""

from typing import Any

import pytest

from imagesearch_ingest.watch.findings import Finding, Kind
from imagesearch_ingest.watch.look import Look
from tests.support.ros_template import RosStack
from tests.support.sls import HOUR, MINUTE, Alert
from tests.support.sls_world import HEALTHY, SlsWorld

WATCH = {
    "NotAnnouncingAlarm",
    "IndexFullAlarm",
    "IndexNearlyFullAlarm",
    "ExpiryAlarm",
    "ExpirySoonAlarm",
    "WatchFailedAlarm",
}
BLIND = Look(findings=(Finding(Kind.UNSEEN, "the rule", "grant eventbridge:GetRule"),))
Red = dict[str, list[tuple[float, float]]]


def after(capsys: pytest.CaptureFixture[str], *looks: Look, stack: RosStack | None = None) -> Red:
    """Return from when to when each alarm is raised. There is a look each hour, from the first minute on."""
    world = SlsWorld(None, stack or RosStack(), capsys)
    for hour, look in enumerate(looks):
        world.look(hour * HOUR + MINUTE, look)
    found = {name: alert.red(world.log, len(looks) * HOUR) for name, alert in world.alerts.items() if name in WATCH}
    return {name: times for name, times in found.items() if times}


def hours(red: Red) -> dict[str, list[float]]:
    """Return for how many hours each alarm is raised."""
    return {name: [(end - begin) / HOUR for begin, end in times] for name, times in red.items()}


@pytest.fixture(autouse=True)
def _a_new_stack_is_not_watched_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the alarm on the watch itself begin with the first look, as the schedule does."""
    original = Alert.red
    monkeypatch.setattr(Alert, "red", lambda self, log, until: [t for t in original(self, log, until) if t[0] > 0])


def test_a_healthy_stack_raises_nothing(capsys) -> None:
    assert after(capsys, *[HEALTHY] * 8) == {}


def test_two_looks_without_a_way_to_the_queue_page_until_it_is_back(capsys) -> None:
    deaf = Look(full_percent=50.0, days_to_expiry=200.0, announcing=False)
    assert after(capsys, HEALTHY, deaf, HEALTHY, HEALTHY) == {}
    assert after(capsys, deaf, HEALTHY, HEALTHY) == {}
    red = after(capsys, HEALTHY, deaf, deaf, deaf, HEALTHY, HEALTHY)
    assert red == {"NotAnnouncingAlarm": [(2 * HOUR + 20 * MINUTE, 4 * HOUR + 10 * MINUTE)]}


def test_the_state_stays_while_looks_know_nothing(capsys) -> None:
    full = Look(full_percent=98.0, days_to_expiry=200.0, announcing=True)
    red = hours(after(capsys, HEALTHY, full, BLIND, BLIND, HEALTHY, HEALTHY))
    assert red == {"IndexFullAlarm": [3.0], "IndexNearlyFullAlarm": [3.0]}


@pytest.mark.parametrize(
    ("look", "raised"),
    [
        ({"full_percent": 89.9}, set()),
        ({"full_percent": 90.0}, {"IndexNearlyFullAlarm"}),
        ({"full_percent": 98.0}, {"IndexNearlyFullAlarm", "IndexFullAlarm"}),
        ({"days_to_expiry": 14.1}, set()),
        ({"days_to_expiry": 14.0}, {"ExpirySoonAlarm"}),
        ({"days_to_expiry": 3.0}, {"ExpirySoonAlarm", "ExpiryAlarm"}),
        ({"days_to_expiry": -2.0}, {"ExpirySoonAlarm", "ExpiryAlarm"}),
    ],
)
def test_limits_of_the_instance(capsys, look: dict[str, Any], raised: set[str]) -> None:
    found = Look(**{"full_percent": 50.0, "days_to_expiry": 200.0, "announcing": True} | look)
    assert set(after(capsys, HEALTHY, found, found)) == raised


def test_six_hours_without_a_look_that_sees_everything_are_a_ticket(capsys) -> None:
    assert after(capsys, HEALTHY, *[BLIND] * 5, HEALTHY, HEALTHY) == {}
    red = after(capsys, HEALTHY, *[BLIND] * 8, HEALTHY, HEALTHY)
    assert red == {"WatchFailedAlarm": [(6.5 * HOUR, 9.5 * HOUR)]}


def test_silence_is_a_fault_of_the_watch(capsys) -> None:
    world = SlsWorld(None, RosStack(), capsys)
    world.look(MINUTE)
    assert world.alerts["WatchFailedAlarm"].red(world.log, 9 * HOUR) == [(6.5 * HOUR, 9 * HOUR)]


def test_a_stack_whose_function_another_tool_deploys_has_no_watch() -> None:
    alerts = RosStack(DeployFunction="false").of_type("ALIYUN::SLS::Alert")
    assert not WATCH & alerts.keys()
    assert "OldestUploadAlarm" in alerts
