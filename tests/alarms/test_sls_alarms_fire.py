"""On Function Compute each alarm on the log is raised by its fault, and by nothing else.

The real function writes the log, and the queries of template.ros.yaml are evaluated over the fields that it indexes.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.pacing import retry
from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.function_compute import Function, QuickCloud, empty
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg
from tests.support.ros_template import RosStack
from tests.support.sls import HOUR, MINUTE
from tests.support.sls_world import STACK, SlsWorld

GOOD, SECOND, BAD = "shoes/1/front.jpg", "shoes/2/front.jpg", "shoes/3/bad.jpg"
NO_WAY = {"INGEST_HTTPS_PROXY": "http://127.0.0.1:9"}
NO_RETRY = 9.0  # seconds left: a request may take seven, and two are reserved for the queue
LATER = 2250  # half an hour, with its jitter
THROTTLED = {"leg": "add", "kind": "error", "code": "Throttling.User", "status": 400, "times": None}


@pytest.fixture(scope="module")
def cloud() -> Iterator[AlibabaCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def world(cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch, capsys) -> Iterator[SlsWorld]:
    function = Function(cloud, monkeypatch, INGEST_STACK_NAME=STACK)
    for key, data in ((GOOD, jpeg()), (SECOND, jpeg()), (BAD, b"no picture")):
        cloud.upload(key, data)
    empty(cloud)
    yield SlsWorld(function, RosStack(STACK), capsys)
    function.stop()


def created(*keys: str, minutes_ago: float = 0) -> list[dict[str, Any]]:
    happened = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    return [message(as_text(notification(element(key) | {"eventTime": happened})), key) for key in keys]


def test_nothing_is_raised_while_pictures_are_added(world: SlsWorld) -> None:
    for minutes in range(60, 120, 10):
        world.invoke(minutes * MINUTE, created(GOOD, SECOND))
    assert world.red(3 * HOUR) == {}


def test_an_instance_that_is_gone_pages_until_a_picture_is_added(world: SlsWorld) -> None:
    """The second receive tells a lasting fault from one that was gone in half an hour."""
    world.function.start(INGEST_INSTANCE_NAME="other")
    (line, *_) = world.invoke(HOUR, created(GOOD))[1:]
    assert (line["reason"], line["receive_count"]) == ("instance_unavailable", 1)
    world.invoke_queue(1.5 * HOUR, LATER)
    world.function.start(**world.function.cloud.environ())
    (line, *_) = world.invoke_queue(2 * HOUR, 2 * LATER)[1:]
    assert (line["outcome"], line["receive_count"]) == ("added", 3)
    assert world.red(4 * HOUR) == {"OperatorNeededAlarm": [(1.5 * HOUR + 5 * MINUTE, 2 * HOUR + 5 * MINUTE)]}


def test_a_fault_that_is_gone_in_half_an_hour_pages_nobody(world: SlsWorld) -> None:
    world.function.start(INGEST_INSTANCE_NAME="other")
    world.invoke(HOUR, created(GOOD))
    world.function.start(**world.function.cloud.environ())
    world.invoke_queue(1.5 * HOUR, LATER)
    assert world.red(3 * HOUR) == {}


def test_a_function_that_cannot_start_pages(world: SlsWorld) -> None:
    world.function.start(INGEST_INSTANCE_NAME="")
    world.invoke(HOUR, created(GOOD))
    assert world.red(3 * HOUR) == {"FunctionErrorAlarm": [(HOUR + 5 * MINUTE, HOUR + 15 * MINUTE)]}


def test_errors_of_another_function_page_nobody(world: SlsWorld) -> None:
    world.write_request(HOUR, f"{STACK}-watch", has_error=True)
    assert world.red(2 * HOUR) == {}


def test_settings_that_pass_over_everything_page(world: SlsWorld) -> None:
    world.function.start(INGEST_EXCLUDE="shoes/")
    for minutes in range(60, 120, 10):
        world.invoke(minutes * MINUTE, created(GOOD, SECOND))
    world.function.start(INGEST_EXCLUDE=None)
    world.invoke(2 * HOUR, created(GOOD, SECOND))
    assert world.red(4 * HOUR) == {"NothingTakenAlarm": [(HOUR + 5 * MINUTE, 2 * HOUR + 5 * MINUTE)]}


def test_one_upload_that_is_taken_shows_that_the_settings_are_right(world: SlsWorld) -> None:
    world.function.start(INGEST_EXCLUDE="shoes/1/")
    for minutes in range(60, 120, 10):
        world.invoke(minutes * MINUTE, created(GOOD))
        world.invoke(minutes * MINUTE, created(SECOND))
    assert world.red(3 * HOUR) == {}


def test_a_dead_letter_is_a_ticket(world: SlsWorld) -> None:
    world.invoke(HOUR, created(BAD, GOOD))
    assert world.red(4 * HOUR) == {"DeadLetterAlarm": [(HOUR + 15 * MINUTE, 2 * HOUR + 15 * MINUTE)]}


@pytest.mark.parametrize(("minutes_ago", "is_red"), [(29, False), (31, True)])
def test_an_upload_that_took_too_long_pages(world: SlsWorld, *, minutes_ago: float, is_red: bool) -> None:
    world.invoke(HOUR, created(GOOD, minutes_ago=minutes_ago))
    red = {"OldestUploadAlarm": [(HOUR + 5 * MINUTE, HOUR + 20 * MINUTE)]}
    assert world.red(3 * HOUR) == (red if is_red else {})


def test_an_upload_that_waits_in_an_outage_pages(world: SlsWorld) -> None:
    world.function.start(**NO_WAY)
    (line, *_) = world.invoke(HOUR, created(GOOD, minutes_ago=31), NO_RETRY)[1:]
    assert (line["outcome"], line["reason"]) == ("failed", "network")
    assert set(world.red(3 * HOUR)) == {"OldestUploadAlarm"}


def test_an_old_upload_that_is_skipped_pages_nobody(world: SlsWorld) -> None:
    world.function.start(INGEST_EXCLUDE="shoes/1/")
    world.invoke(HOUR, created(GOOD, minutes_ago=31) + created(SECOND))
    assert world.red(3 * HOUR) == {}


@pytest.mark.parametrize(("days", "is_red"), [(3.9, False), (4.1, True)])
def test_a_record_that_never_gets_through_is_a_ticket(world: SlsWorld, *, days: float, is_red: bool) -> None:
    world.function.start(**NO_WAY)
    world.invoke(0, created(GOOD), NO_RETRY)
    (envelope,) = world.function.waiting()
    text = json.dumps(envelope)
    began = envelope["imagesearch_ingest"]["first_received_at"]
    old = (datetime.fromisoformat(began) - timedelta(days=days)).isoformat()
    world.invoke(HOUR, [message(text.replace(began, old))], NO_RETRY)
    red = {"OldestRetryAlarm": [(2 * HOUR, 14 * HOUR)]}
    found = {name: times for name, times in world.red(16 * HOUR).items() if name == "OldestRetryAlarm"}
    assert found == (red if is_red else {})


@pytest.mark.parametrize(("refused", "is_red"), [(8, False), (20, True)])
def test_a_large_share_of_refused_calls_is_a_ticket(
    world: SlsWorld, monkeypatch, *, refused: int, is_red: bool
) -> None:
    """Of 58 or 70 calls: 14 or 29 percent."""
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(retry, "LONGEST_WAIT_SECONDS", 0.001)
    keys = [f"shoes/{number}/many.jpg" for number in range(50)]
    cloud = world.function.cloud
    for key in keys:
        cloud.upload(key, jpeg())
    empty(cloud)
    cloud.image_search.faults.add(THROTTLED | {"times": refused})
    lines = world.invoke(HOUR, created(*keys))
    assert {line["outcome"] for line in lines if line["message"] == "object"} == {"added"}
    for minutes in (75, 90, 105):
        for line in lines:
            world.log.write(minutes * MINUTE, functionName=STACK, message=json.dumps(line))
    red = {"ThrottleShareAlarm": [(HOUR + 45 * MINUTE, 2 * HOUR + 15 * MINUTE)]}
    assert world.red(4 * HOUR) == (red if is_red else {})


def test_one_refusal_of_few_calls_is_no_ticket(world: SlsWorld) -> None:
    for minutes in (60, 75, 90, 105):
        world.function.cloud.image_search.faults.add(THROTTLED | {"times": 1})
        (line, *_) = [one for one in world.invoke(minutes * MINUTE, created(GOOD)) if "AddCalls" in one]
        assert (line["AddCalls"], line["AddCallsThrottled"]) == (2, 1)
    assert world.red(3 * HOUR) == {}


def test_saved_queries_and_charts_show_what_happened(world: SlsWorld) -> None:
    world.invoke(HOUR, created(GOOD, SECOND, BAD, minutes_ago=1))
    stack = RosStack(STACK)
    saved = {one["Detail"]["SavedsearchName"]: one for one in stack.of_type("ALIYUN::SLS::Savedsearch").values()}
    (dashboard,) = stack.of_type("ALIYUN::SLS::Dashboard").values()
    charts = {chart["display"]["displayName"]: chart["search"]["query"] for chart in dashboard["Charts"]}
    assert world.log.query(saved["outcomes"]["Detail"]["SearchQuery"], 0, 2 * HOUR) == [
        {"outcome": "added", "reason": None, "fault": None, "objects": 2},
        {"outcome": "rejected", "reason": "not_an_image", "fault": "permanent", "objects": 1},
    ]
    (row,) = world.log.query(charts["Outcomes"], 0, 2 * HOUR)
    assert row == {"time": "01-01 01:00", "added": 2, "deleted": 0, "skipped": 0, "rejected": 1, "failed": 0}
    (row,) = world.log.query(charts["Invocations of the function"], 0, 2 * HOUR)
    assert row == {"time": "01-01 01:00", "invocations": 1, "errors": 0}
    (row,) = world.log.query(charts["Seconds from the upload to the index"], 0, 2 * HOUR)
    assert 60 <= row["half"] <= row["longest"] < 120


def test_every_alarm_on_the_log_is_raised_by_a_test(world: SlsWorld) -> None:
    """Otherwise a new alarm might never be raised by anything."""
    files = [Path(__file__), Path(__file__).with_name("test_sls_watch_alarms.py")]
    raised = set(re.findall(r'"(\w+Alarm)"(?:: \[|\})', "".join(path.read_text(encoding="utf-8") for path in files)))
    assert world.alerts.keys() - raised == set()
