"""The alarms of the watch, over what it writes about each hourly look."""

from dataclasses import replace

import pytest

from imagesearch_ingest.watch.findings import Finding, Kind
from imagesearch_ingest.watch.look import Look
from tests.alarms.conftest import HEALTHY, Properties, look
from tests.support.cloudwatch import DAY, HOUR, Metrics, history, red

UNSEEN = Look(findings=(Finding(Kind.UNSEEN, "the bucket: AccessDenied", "Grant s3:GetBucketNotification."),))
# A look that finds nothing wrong ends each alarm. The fault lasts from the 10th look to the 30th.
FAULTS = [
    ("NotAnnouncingAlarm", replace(HEALTHY, announcing=False), 11),
    ("IndexFullAlarm", replace(HEALTHY, full_percent=98.5), 10),
    ("IndexNearlyFullAlarm", replace(HEALTHY, full_percent=92.0), 10),
    ("ExpiryAlarm", replace(HEALTHY, days_to_expiry=2.5), 10),
    ("ExpirySoonAlarm", replace(HEALTHY, days_to_expiry=13.0), 10),
    ("WatchFailedAlarm", replace(HEALTHY, findings=UNSEEN.findings), 15),
]
ALSO = {"IndexFullAlarm": {"IndexNearlyFullAlarm"}, "ExpiryAlarm": {"ExpirySoonAlarm"}}


def all_red(alarms: dict[str, Properties], metrics: Metrics) -> dict[str, list[tuple[float, float]]]:
    names = [name for name, _, _ in FAULTS]
    found = {name: red(history(alarms[name], metrics, 2 * DAY), 2 * DAY) for name in names}
    return {name: times for name, times in found.items() if times}


def hourly(capsys, faulty: Look) -> Metrics:
    metrics = Metrics()
    for hour in range(48):
        metrics.take(hour * HOUR, look(capsys, faulty if 10 <= hour < 30 else HEALTHY))
    return metrics


@pytest.mark.parametrize(("name", "faulty", "begin"), FAULTS, ids=[name for name, _, _ in FAULTS])
def test_a_fault_that_the_watch_sees_is_told_until_it_is_mended(alarms, capsys, name, faulty, begin) -> None:
    found = all_red(alarms, hourly(capsys, faulty))
    assert set(found) == {name} | ALSO.get(name, set())
    assert found[name] == [(begin * HOUR, 30 * HOUR)]


def test_a_look_that_sees_nothing_neither_raises_nor_ends_another_alarm(alarms, capsys) -> None:
    metrics = Metrics()
    for hour in range(48):
        faulty = replace(HEALTHY, full_percent=99.0) if hour == 20 else UNSEEN
        metrics.take(hour * HOUR, look(capsys, HEALTHY if hour < 20 else faulty))
    assert all_red(alarms, metrics)["IndexFullAlarm"] == [(20 * HOUR, 2 * DAY)]


def test_a_watch_that_has_stopped_is_noticed(alarms, capsys) -> None:
    metrics = Metrics()
    for hour in range(20):
        metrics.take(hour * HOUR, look(capsys, HEALTHY))
    ((begin, end),) = all_red(alarms, metrics)["WatchFailedAlarm"]
    assert 24 * HOUR <= begin <= 29 * HOUR
    assert end == 2 * DAY
