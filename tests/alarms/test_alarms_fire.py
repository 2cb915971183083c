"""Each alarm is raised by its fault, and ends with it. Where it can, the real function makes the metrics."""

from pathlib import Path

import pytest

from imagesearch_ingest.pacing import retry
from local_cloud.clouds.cloud import ACCESS_KEY_SECRET
from tests.alarms.conftest import BAD, GOOD, SECOND, World, sent
from tests.support.cloudwatch import DAY, HOUR, MINUTE
from tests.support.lambda_function import created
from tests.support.pictures import jpeg

THROTTLED = {"leg": "add", "kind": "error", "code": "Throttling.User", "status": 400, "times": None}


def each_minute(begin: float, end: float) -> range:
    return range(int(begin), int(end), 60)


def test_a_wrong_access_key_pages_until_a_picture_is_added(world: World) -> None:
    """Records come back after half an hour, and later every few hours. The alarm stays red in between."""
    world.function.start(ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")
    world.invoke(HOUR, created(GOOD))
    assert world.function.outcome == "failed: credentials"
    for receives, at in ((2, 1.5 * HOUR), (3, 2 * HOUR), (9, 8 * HOUR), (10, 15 * HOUR)):
        world.invoke(at, created(GOOD, receives=receives))
    world.function.start(ALIBABA_CLOUD_ACCESS_KEY_SECRET=ACCESS_KEY_SECRET)
    world.invoke(20 * HOUR, created(GOOD, receives=11))
    assert world.function.outcome == "added"
    assert world.all_red(DAY) == {"OperatorNeededAlarm": [(1.5 * HOUR, 20 * HOUR)]}


def test_a_fault_that_is_gone_in_half_an_hour_pages_nobody(world: World) -> None:
    world.function.start(ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")
    world.invoke(HOUR, created(GOOD, SECOND))
    world.function.start(ALIBABA_CLOUD_ACCESS_KEY_SECRET=ACCESS_KEY_SECRET)
    world.invoke(1.5 * HOUR, created(GOOD, SECOND, receives=2))
    assert world.all_red(DAY) == {}


def test_a_function_that_cannot_start_pages(world: World) -> None:
    world.function.start(INGEST_INSTANCE_NAME="")
    world.invoke(HOUR, created(GOOD))
    ((begin, end),) = world.all_red(DAY).pop("FunctionErrorAlarm")
    assert (begin, end - begin) == (HOUR, 15 * MINUTE)


def test_a_failure_that_goes_on_pages_once(world: World) -> None:
    for minute in each_minute(HOUR, 5 * HOUR):
        world.add(minute, "FunctionErrorAlarm", 1)
    for minute in each_minute(5 * HOUR, 6 * HOUR):
        world.add(minute, "FunctionErrorAlarm", 0)
    assert world.red("FunctionErrorAlarm", DAY) == [(HOUR, 5 * HOUR + 4 * MINUTE)]


def test_settings_that_pass_over_everything_page(world: World) -> None:
    world.function.start(INGEST_EXCLUDE="shoes/")
    for minutes in range(60, 120, 10):
        world.invoke(minutes * MINUTE, created(GOOD, SECOND))
    world.function.start(INGEST_EXCLUDE=None)
    world.invoke(2 * HOUR, created(GOOD, SECOND))
    assert world.all_red(DAY) == {"NothingTakenAlarm": [(HOUR, 2 * HOUR)]}


def test_one_upload_that_is_taken_shows_that_the_settings_are_right(world: World) -> None:
    world.function.start(INGEST_EXCLUDE="shoes/1/")
    for minutes in range(60, 120, 10):
        world.invoke(minutes * MINUTE, created(GOOD))
        world.invoke(minutes * MINUTE, created(SECOND))
    assert world.all_red(DAY) == {}


def test_a_dead_letter_is_a_ticket(world: World) -> None:
    world.invoke(HOUR, created(BAD, GOOD))
    assert world.all_red(DAY) == {"DeadLetterAlarm": [(HOUR, 4 * HOUR)]}


@pytest.mark.parametrize(("days", "is_red"), [(9.9, False), (10.1, True)])
def test_a_record_that_never_gets_through_is_a_ticket(world: World, *, days: float, is_red: bool) -> None:
    """It has been received more than three times, so SQS does not count its age any more."""
    world.function.cloud.image_search.faults.add(THROTTLED)
    for number, hours in enumerate((1, 7, 13)):
        world.invoke(hours * HOUR, sent(created(GOOD, receives=20 + number), days * DAY))
    world.function.cloud.image_search.faults.clear()
    assert world.function.outcome == "failed: throttled"
    red = world.red("OldestRetryAlarm", 2 * DAY)
    assert red == ([(HOUR, 23 * HOUR)] if is_red else [])


@pytest.mark.parametrize(("refused", "is_red"), [(8, False), (20, True)])
def test_a_large_share_of_refused_calls_is_a_ticket(world: World, monkeypatch, *, refused: int, is_red: bool) -> None:
    """Of 58 or 70 calls: 14 or 29 percent."""
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(retry, "LONGEST_WAIT_SECONDS", 0.001)
    keys = [f"shoes/{number}/many.jpg" for number in range(50)]
    data = world.function.cloud
    for key in keys:
        data.upload(key, jpeg())
    data.image_search.faults.add(THROTTLED | {"times": refused})
    world.function(created(*keys), 60.0)
    calls = world.function.metrics
    assert world.function.outcome == "added"
    for minutes in (60, 75, 90, 105):
        world.metrics.take(minutes * MINUTE, calls)
    assert set(world.all_red(DAY)) == ({"ThrottleShareAlarm"} if is_red else set())
    if is_red:
        ((begin, end),) = world.red("ThrottleShareAlarm", DAY)
        assert begin == 90 * MINUTE
        assert end <= 3 * HOUR


def test_one_refusal_of_few_calls_is_no_ticket(world: World) -> None:
    world.function.cloud.image_search.faults.add(THROTTLED | {"times": 1})
    for minutes in (60, 75, 90, 105):
        world.invoke(minutes * MINUTE, created(GOOD))
    assert world.all_red(DAY) == {}


# What AWS alone measures.


def test_uploads_that_wait_page_until_they_are_taken(world: World) -> None:
    for minute in each_minute(0, 3 * HOUR):
        age = minute - HOUR if HOUR <= minute < 2 * HOUR else 0
        world.add(minute, "OldestUploadAlarm", age)
    assert world.all_red(DAY) == {"OldestUploadAlarm": [(1.5 * HOUR + 4 * MINUTE, 2 * HOUR)]}


def test_events_that_are_not_delivered_page(world: World) -> None:
    """EventBridge sends the metric only if it is not 0."""
    world.add(HOUR, "UndeliveredAlarm", 3)
    assert world.all_red(DAY) == {"UndeliveredAlarm": [(HOUR, 75 * MINUTE)]}


def test_undelivered_events_page_until_they_are_put_back(world: World) -> None:
    """Somebody who reads them hides them for a while. That must not page again."""
    for minute in each_minute(HOUR, 6 * HOUR):
        is_read = 2 * HOUR <= minute < 2 * HOUR + 8 * MINUTE
        world.add(minute, "RuleDeadLetterAlarm", 0 if is_read or minute >= 5 * HOUR else 2)
    ((begin, end),) = world.all_red(DAY)["RuleDeadLetterAlarm"]
    assert begin == HOUR
    assert 5 * HOUR < end <= 5 * HOUR + 15 * MINUTE


@pytest.mark.parametrize(
    ("alarm", "days"),
    [("OldestMessageAlarm", 10), ("DeadLetterAgeAlarm", 11)],
)
def test_an_old_message_is_a_ticket_until_it_is_gone(world: World, alarm: str, days: int) -> None:
    for hour in range(13 * 24):
        for minutes in (0, 20, 40):
            world.add(hour * HOUR + minutes * MINUTE, alarm, hour * HOUR + minutes * MINUTE)
    assert list(world.all_red(14 * DAY)) == [alarm]
    begin, end = world.red(alarm, 14 * DAY)[0][0], world.red(alarm, 14 * DAY)[-1][1]
    assert begin == days * DAY
    assert 13 * DAY - HOUR < end < 13 * DAY + HOUR


def test_a_function_that_may_not_start_is_a_ticket(world: World) -> None:
    for minute in each_minute(HOUR, 2 * HOUR):
        world.add(minute, "ThrottledFunctionAlarm", 4)
    for minute in each_minute(2 * HOUR, 3 * HOUR):
        world.add(minute, "ThrottledFunctionAlarm", 0)
    assert world.all_red(DAY) == {"ThrottledFunctionAlarm": [(HOUR + 10 * MINUTE, 2 * HOUR + 4 * MINUTE)]}


def test_one_throttled_start_is_no_ticket(world: World) -> None:
    world.add(HOUR, "ThrottledFunctionAlarm", 4)
    for minute in each_minute(HOUR + MINUTE, 3 * HOUR):
        world.add(minute, "ThrottledFunctionAlarm", 0)
    assert world.all_red(DAY) == {}


def test_every_alarm_is_raised_by_a_test(world: World) -> None:
    """Otherwise a new alarm might never be raised by anything."""
    files = [Path(__file__).with_name(f"test_{name}.py") for name in ("alarms_fire", "audit_alarms", "watch_alarms")]
    texts = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in world.alarms if f'"{name}"' not in texts] == []
