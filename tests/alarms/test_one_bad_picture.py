"""No alarm stays red for two weeks after one bad picture."""

import pytest

from tests.alarms.conftest import BAD, GOOD, World
from tests.support.cloudwatch import DAY, HOUR, MINUTE
from tests.support.lambda_function import created

UPLOADED = 20 * HOUR
END = 17 * DAY


def lie_in_the_queue(world: World, since: float) -> None:
    """Add what SQS measures of a letter that nobody takes, until it is gone after 14 days."""
    for number in range(1, int(14 * DAY / (5 * MINUTE))):
        age = number * 5 * MINUTE
        world.add(since + age, "DeadLetterAgeAlarm", age)


@pytest.mark.parametrize("days_with_uploads", [0, 16])
def test_two_tickets_are_all_that_one_bad_picture_makes(world: World, days_with_uploads: int) -> None:
    """The second one comes three days before the letter would be gone, if nobody looked at the first."""
    world.invoke(UPLOADED - HOUR, created(GOOD))
    world.invoke(UPLOADED, created(BAD))
    assert [letter["code"] for letter in world.function.letters()] == ["not_an_image"]
    lie_in_the_queue(world, UPLOADED)
    if days_with_uploads:
        world.invoke(UPLOADED + HOUR, created(GOOD))
        lines = list(world.function.metrics)
        for hour in range(2, days_with_uploads * 24):
            world.metrics.take(UPLOADED + hour * HOUR, lines)  # each upload of the next days is like this one
    red = world.all_red(END)
    assert set(red) == {"DeadLetterAlarm", "DeadLetterAgeAlarm"}
    ((begin, end),) = red["DeadLetterAlarm"]
    assert (begin, end - begin) == (UPLOADED, HOUR if days_with_uploads else 3 * HOUR)
    ((begin, end),) = red["DeadLetterAgeAlarm"]
    assert begin == UPLOADED + 11 * DAY
    assert 3 * DAY - HOUR < end - begin < 3 * DAY + HOUR


def test_a_level_of_the_queue_would_stay_red_for_two_weeks(world: World) -> None:
    """Otherwise the test above could not fail."""
    level = world.alarms["DeadLetterAgeAlarm"] | {"Threshold": 1}
    world.alarms = {"Level": level}
    for number in range(1, int(14 * DAY / HOUR)):
        world.add(number * HOUR, "Level", number * HOUR)
    level["Period"] = 3600
    ((begin, end),) = world.red("Level", END)
    assert end - begin > 13.9 * DAY


def test_a_picture_that_stays_bad_makes_a_ticket_each_time_it_is_replayed(world: World) -> None:
    for time in (HOUR, 30 * HOUR):
        world.invoke(time, created(BAD))
    assert [begin for begin, _ in world.red("DeadLetterAlarm", 3 * DAY)] == [HOUR, 30 * HOUR]


def test_bad_pictures_one_after_the_other_make_one_ticket(world: World) -> None:
    for number in range(12):
        world.invoke(HOUR + number * 40 * MINUTE, created(BAD))
    ((begin, _),) = world.red("DeadLetterAlarm", DAY)
    assert begin == HOUR
