"""The alarms of the watch, over what the real watch measures once an hour."""

import time
from collections.abc import Callable, Iterator

import pytest

from local_cloud.clouds.aws import AwsCloud
from local_cloud.image_search.models import Entry
from tests.alarms.conftest import Properties
from tests.support.cloudwatch import DAY, HOUR, MINUTE, Metrics, history, red
from tests.support.watch import BUCKET, RULE, Watch, deploy_anew, wire_up

OWN = ("Announcing", "IndexFullPercent", "DaysToExpiry", "WatchFailed")


@pytest.fixture(scope="module")
def started() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def cloud(started: AwsCloud) -> AwsCloud:
    deploy_anew(started)
    return started


class Looks:
    """Looks at a deployment, one an hour from its first minute on, and the alarms over them."""

    def __init__(self, watch: Watch, alarms: dict[str, Properties]) -> None:
        self._watch = watch
        self._alarms = {name: alarm for name, alarm in alarms.items() if alarm.get("MetricName") in OWN}
        self._metrics = Metrics()
        self.hours = 0

    def look(self, hours: int = 1, **variables: str) -> None:
        """Look for some hours, while nothing changes."""
        metrics = self._watch(INGEST_STACK_NAME="shop", **variables).metrics
        for _ in range(hours):
            self._metrics.take(self.hours * HOUR + MINUTE, [metrics])
            self.hours += 1

    def red(self, until: float | None = None) -> dict[str, list[tuple[float, float]]]:
        """Return from when to when each alarm is raised, in hours since the first look."""
        end = until or (self.hours * HOUR)
        found = {name: red(history(alarm, self._metrics, end), end) for name, alarm in self._alarms.items()}
        return {
            name: [((begin - MINUTE) / HOUR, (over - MINUTE) / HOUR) for begin, over in times if over > MINUTE]
            for name, times in found.items()
            if [over for _, over in times if over > MINUTE]
        }

    def raised(self) -> set[str]:
        """Return the alarms that are raised now."""
        return {name for name, times in self.red().items() if times[-1][1] == self.hours - MINUTE / HOUR}


@pytest.fixture
def looks(cloud: AwsCloud, alarms: dict[str, Properties], monkeypatch, capsys) -> Looks:
    return Looks(Watch(cloud, monkeypatch, capsys), alarms)


def test_a_shop_without_uploads_for_days_raises_nothing(looks: Looks) -> None:
    looks.look(72)
    assert looks.red() == {}


def switch_off(cloud: AwsCloud) -> None:
    cloud.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})


def fill(cloud: AwsCloud, total: int) -> None:
    cloud.image_search.change_instance(capacity=10_000)
    for number in range(total):
        entry = Entry("cups", f"{number}.jpg", b"", 100, 100, "JPEG", perceptual_hash=0, appearance=0, attributes={})
        cloud.image_search._parts.index.add(entry)  # noqa: SLF001 - thousands of uploads would take minutes


def end_in(cloud: AwsCloud, days: float) -> None:
    cloud.image_search.change_instance(expires=time.time() + days * DAY)


FAULTS: dict[str, tuple[Callable[[AwsCloud], object], set[str]]] = {
    "EventBridge off": (switch_off, {"NotAnnouncingAlarm"}),
    "a disabled rule": (
        lambda cloud: cloud.aws.client("events").disable_rule(Name=RULE),
        {"NotAnnouncingAlarm"},
    ),
    "no target": (
        lambda cloud: cloud.aws.client("events").remove_targets(Rule=RULE, Ids=["queue"]),
        {"NotAnnouncingAlarm"},
    ),
    "no bucket": (lambda cloud: cloud.s3.delete_bucket(Bucket=BUCKET), {"NotAnnouncingAlarm"}),
    "90 % full": (lambda cloud: fill(cloud, 9_000), {"IndexNearlyFullAlarm"}),
    "98 % full": (lambda cloud: fill(cloud, 9_800), {"IndexNearlyFullAlarm", "IndexFullAlarm"}),
    "two weeks left": (lambda cloud: end_in(cloud, 13.9), {"ExpirySoonAlarm"}),
    "three days left": (lambda cloud: end_in(cloud, 2.9), {"ExpirySoonAlarm", "ExpiryAlarm"}),
    "expired": (lambda cloud: end_in(cloud, -1), {"ExpirySoonAlarm", "ExpiryAlarm"}),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_noticed_within_two_looks(looks: Looks, cloud: AwsCloud, case: str) -> None:
    make, expected = FAULTS[case]
    looks.look(3)
    make(cloud)
    looks.look(2)
    assert looks.raised() == expected


def test_a_page_ends_with_the_first_look_after_the_fault_is_mended(looks: Looks, cloud: AwsCloud) -> None:
    looks.look(3)
    switch_off(cloud)
    looks.look(4)
    wire_up(cloud)
    looks.look(3)
    assert looks.red() == {"NotAnnouncingAlarm": [(4, 7)]}


def test_a_short_change_pages_nobody(looks: Looks, cloud: AwsCloud) -> None:
    looks.look(3)
    switch_off(cloud)
    looks.look(1)
    wire_up(cloud)
    looks.look(3)
    assert looks.red() == {}


def test_a_page_stays_while_looks_fail(looks: Looks, cloud: AwsCloud) -> None:
    switch_off(cloud)
    looks.look(3)
    looks.look(2, INGEST_INSTANCE_REGION="")
    looks.look(1)
    assert looks.red() == {"NotAnnouncingAlarm": [(1, 6 - MINUTE / HOUR)]}


def test_a_refused_detail_is_a_ticket_after_six_hours(looks: Looks, cloud: AwsCloud) -> None:
    looks.look(3)
    refused = {"leg": "detail", "kind": "error", "code": "NoPermission", "status": 403, "times": None}
    cloud.image_search.faults.add(refused)
    looks.look(5)
    assert looks.red() == {}
    looks.look(2)
    cloud.image_search.reset()
    looks.look(2)
    assert looks.red() == {"WatchFailedAlarm": [(8, 10)]}


def test_a_watch_that_has_stopped_is_a_ticket(looks: Looks) -> None:
    looks.look(3)
    assert looks.red(until=8 * HOUR) == {}
    assert looks.red(until=12 * HOUR).keys() == {"WatchFailedAlarm"}


def test_a_watch_that_never_looked_is_a_ticket(looks: Looks) -> None:
    assert looks.red(until=HOUR).keys() == {"WatchFailedAlarm"}
