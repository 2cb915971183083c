"""What ``backfill status`` knows of a run, on both local clouds, and what it says of what it cannot see."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.backfill import funnel
from imagesearch_ops.backfill.status import run_status
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.dlq import reading
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queues import open_queue
from imagesearch_ops.run_folder import resume_run
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.support.fakes import a_letter

RUN, OTHER = "20261129T0655-7f3a", "20261129T0655-7f3b"
_numbers = count(1)


@dataclass
class Place:
    """A cloud with queues of its own for one test."""

    cloud: LocalCloud
    environ: dict[str, str]
    state: Path

    @property
    def kind(self) -> str:
        return "alibaba" if isinstance(self.cloud, AlibabaCloud) else "aws"

    def announce(self, keys: int) -> None:
        queue = open_queue(self.environ["INGEST_QUEUE_URL"], self.environ)
        refs = [ObjectRef(self.kind, "pictures", f"{n}.jpg") for n in range(keys)]
        queue.send([write_announcement(ref, "backfill", RUN) for ref in refs])

    def put_letter(self, key: str, code: str, run: str | None) -> None:
        source = Source(cloud=self.kind, bucket="pictures", key=key)
        letter = a_letter(record_id=f"record-{key}", source=source, code=code, run=run)
        url = self.environ["INGEST_DEAD_LETTER_QUEUE_URL"]
        assert open_queue(url, self.environ).send([letter.model_dump_json(by_alias=True)]) == [None]

    def letters(self) -> int:
        return open_queue(self.environ["INGEST_DEAD_LETTER_QUEUE_URL"], self.environ).count().visible


@pytest.fixture(scope="module")
def clouds() -> Iterator[dict[str, LocalCloud]]:
    with AwsCloud(with_function=False) as aws, AlibabaCloud(with_function=False) as alibaba:
        yield {"aws": aws, "alibaba": alibaba}


def open_place(cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0)  # a local queue never falsely brings nothing
    monkeypatch.setattr(funnel, "LOOK_SECONDS", 0.1)
    urls = []
    for name in (f"queue-{next(_numbers)}", f"letters-{next(_numbers)}"):
        if isinstance(cloud, AlibabaCloud):
            cloud.smq.create_queue(name, visibility_timeout=90)
            urls.append(cloud.smq.queue_url(name))
        else:
            assert isinstance(cloud, AwsCloud)
            urls.append(cloud._create_queue(name))  # noqa: SLF001 - as its own queues
    named = dict(zip(("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"), urls, strict=True))
    environ = cloud.environ() | named | {"XDG_STATE_HOME": str(tmp_path / "state")}
    for variable, value in environ.items():  # botocore reads keys and endpoints from the process
        monkeypatch.setenv(variable, value)
    return Place(cloud, environ, tmp_path / "state" / "imagesearch-ingest")


@pytest.fixture(params=["aws", "alibaba"])
def place(
    request: pytest.FixtureRequest, clouds: dict[str, LocalCloud], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    return open_place(clouds[request.param], tmp_path, monkeypatch)


@pytest.fixture
def aws_place(clouds: dict[str, LocalCloud], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return open_place(clouds["aws"], tmp_path, monkeypatch)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def status(place: Place, run: str | None = RUN, **options: Any) -> ExitCode:
    where = options.pop("where", SHELL)
    state = options.pop("state", None)
    return run_status(run, state, where, place.environ, **{"logs": False, "as_json": True, **options})


def keep_run(place: Place, run: str = RUN, **about: Any) -> Path:
    """Write the folder that a backfill leaves."""
    folder = place.state / run
    folder.mkdir(parents=True)
    known = {"v": 1, "command": "backfill", "run": run, "url": "s3://pictures", "engine": "queue", "complete": True}
    counts = {"counts": {"listed": 120, "sent": 100, "skipped": 20}, "last_key": "z.jpg"}
    (folder / "run.json").write_text(json.dumps(known | counts | about))
    return folder


def test_run_that_waits_is_told_whole(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    keep_run(place)
    place.announce(30)
    place.put_letter("a.jpg", "corrupt_image", RUN)
    place.put_letter("b.jpg", "corrupt_image", RUN)
    place.put_letter("b.jpg", "corrupt_image", RUN)  # the same record, twice
    place.put_letter("c.jpg", "not_an_image", RUN)
    place.put_letter("d.jpg", "not_an_image", OTHER)
    place.put_letter("e.jpg", "not_an_image", None)
    assert status(place) == 0
    document, summary = lines()
    assert document | {"notes": None, "rate_basis": None} == {
        "run": RUN,
        "engine": "queue",
        "state": "complete",
        "listed": 120,
        "sent": 100,
        "skipped": 20,
        "cancelled": None,
        "last_key": "z.jpg",
        "counts": {"listed": 120, "sent": 100, "skipped": 20},
        "waiting_about": 30,
        "in_flight_about": 0,
        "letters": {"corrupt_image": 2, "not_an_image": 1},
        "rate_per_minute": 0.0,
        "rate_basis": None,
        "done_by": None,
        "oldest_live_upload_seconds": None,
        "log": None,
        "notes": None,
    }
    assert document["rate_basis"].startswith("two looks at the queue")
    assert "The queue does not get shorter now, so nobody can tell when it will be done." in document["notes"]
    assert summary["summary"]["exit"] == 0
    if place.kind == "alibaba":
        time.sleep(1.1)  # SMQ hides what is released for a second
    assert place.letters() == 6


def test_queue_that_gets_shorter_has_an_end(
    place: Place, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 wait. Between the looks the function settles 10."""
    keep_run(place)
    place.announce(40)

    def settle(_: float) -> None:
        queue = open_queue(place.environ["INGEST_QUEUE_URL"], place.environ)
        queue.delete([message.receipt for message in queue.receive(0, 30)[:10]])

    monkeypatch.setattr(funnel, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(funnel, "sleep", settle)
    assert status(place) == 0
    document = lines()[0]
    assert document["rate_per_minute"] == 10.0
    assert document["waiting_about"] + document["in_flight_about"] == 30
    seconds = (datetime.fromisoformat(document["done_by"]) - datetime.now(UTC)).total_seconds()
    assert 150 < seconds < 181


def test_queue_that_grows_has_no_rate(
    place: Place, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes in hides what the function takes out."""
    keep_run(place)
    place.announce(5)
    monkeypatch.setattr(funnel, "sleep", lambda _: place.announce(20))
    assert status(place) == 0
    document = lines()[0]
    assert (document["waiting_about"], document["rate_per_minute"], document["done_by"]) == (25, None, None)
    assert "More comes into the queue than the function takes out, so its rate is not known." in document["notes"]


@pytest.mark.parametrize("complete", [False, True])
def test_unfinished_run_says_so(place: Place, lines: Callable[[], list[dict[str, Any]]], *, complete: bool) -> None:
    folder = keep_run(place, complete=complete)
    status(place)
    with resume_run(folder, {}):
        status(place)
    states = [line["state"] for line in lines() if "state" in line]
    assert states == ["complete" if complete else "stopped", "running"]


def test_empty_queue_needs_no_second_look(
    place: Place, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_run(place, cancelled=7)
    monkeypatch.setattr(funnel, "LOOK_SECONDS", 3600.0)
    assert status(place) == 0
    document = lines()[0]
    assert (document["waiting_about"], document["rate_per_minute"], document["letters"]) == (0, None, {})
    assert document["cancelled"] == 7


def test_latest_backfill_is_shown(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    keep_run(place, RUN)
    keep_run(place, OTHER)
    keep_run(place, "20261130T0000-0000", command="plan")
    (place.state / "broken").mkdir()
    (place.state / "broken/run.json").write_text("{")
    time.sleep(0.01)
    (place.state / RUN / "run.json").touch()  # gone on with
    assert status(place, None) == 0
    assert lines()[0]["run"] == RUN
    assert status(place, None, state=place.state / OTHER) == 0
    assert lines()[0]["run"] == OTHER


def test_without_any_backfill_there_is_nothing_to_show(place: Place) -> None:
    with pytest.raises(InputError, match="there is no backfill in"):
        status(place, None)


def test_another_machine_sees_letters_and_queue(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    place.put_letter("a.jpg", "corrupt_image", RUN)
    assert status(place) == 0
    document = lines()[0]
    assert (document["sent"], document["listed"], document["state"]) == (None, None, None)
    assert document["letters"] == {"corrupt_image": 1}
    assert document["waiting_about"] == 0
    assert any("what was sent is not known" in note for note in document["notes"])


@pytest.mark.parametrize("engine", ["direct", "bulk"])
def test_run_without_a_queue_is_told_from_its_folder_alone(
    place: Place, lines: Callable[[], list[dict[str, Any]]], engine: str
) -> None:
    keep_run(place, engine=engine, counts={"listed": 9, "added": 7, "rejected": 2}, complete=False)
    place.environ.clear()
    place.environ["XDG_STATE_HOME"] = str(place.state.parent)
    assert status(place) == 0
    document = lines()[0]
    assert document["counts"] == {"listed": 9, "added": 7, "rejected": 2}
    assert (document["state"], document["waiting_about"], document["letters"]) == ("stopped", None, None)


def test_what_cannot_be_reached_is_null_and_no_success(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    keep_run(place)
    for name in ("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"):
        place.environ[name] = place.environ[name] + "-gone"
    assert status(place) == ExitCode.OPERATOR_ACTION
    document, summary = lines()
    assert (document["waiting_about"], document["letters"], document["sent"]) == (None, None, 100)
    assert summary["summary"]["exit"] == 7
    assert summary["summary"]["error"]


def test_unknown_queues_are_null_with_notes(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    keep_run(place)
    for name in ("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"):
        del place.environ[name]
    assert status(place) == 0
    document = lines()[0]
    assert (document["waiting_about"], document["letters"], document["sent"]) == (None, None, 100)
    assert len([note for note in document["notes"] if "unknown: name a --stack" in note]) == 2


def test_stack_that_cannot_be_read_leaves_what_the_folder_says(
    aws_place: Place, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_run(aws_place)
    environ = {name: value for name, value in aws_place.environ.items() if not name.startswith("INGEST_")}
    aws_place.environ = environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}  # nothing listens there
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert status(aws_place, where=DeploymentOptions(stack="local")) == ExitCode.OUTAGE
    document = lines()[0]
    assert (document["sent"], document["waiting_about"], document["letters"]) == (100, None, None)
    assert document["notes"] == ["The deployment cannot be read, so nothing is known of its queues."]


def test_wrong_deployment_is_refused(place: Place) -> None:
    keep_run(place, instance="elsewhere")
    with pytest.raises(InputError, match="filled the instance elsewhere"):
        status(place)


def put_metric(place: Place, metric: str, value: float, minutes: float) -> None:
    assert isinstance(place.cloud, AwsCloud)
    queue = place.environ["INGEST_QUEUE_URL"].rpartition("/")[2]
    place.cloud.aws.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "QueueName", "Value": queue}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes),
                "Value": value,
            }
        ],
    )


def test_metrics_tell_the_rate_and_the_oldest_upload(
    aws_place: Place, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    keep_run(aws_place)
    aws_place.announce(30)
    put_metric(aws_place, "NumberOfMessagesDeleted", 50, 12)  # ten a minute
    put_metric(aws_place, "NumberOfMessagesDeleted", 3, 0)  # of a period that has not ended
    put_metric(aws_place, "ApproximateAgeOfOldestMessageInQuietGroups", 900, 30)
    put_metric(aws_place, "ApproximateAgeOfOldestMessageInQuietGroups", 42, 1)
    assert status(aws_place) == 0
    document = lines()[0]
    assert document["rate_per_minute"] == 10.0
    assert document["rate_basis"] == "CloudWatch: messages deleted within five minutes"
    assert document["oldest_live_upload_seconds"] == 42
    seconds = (datetime.fromisoformat(document["done_by"]) - datetime.now(UTC)).total_seconds()
    assert 170 < seconds < 181


def test_screen_fits_eighty_columns(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    keep_run(place, cancelled=5)
    place.announce(12)
    place.put_letter("a.jpg", "corrupt_image", RUN)
    assert status(place, as_json=False) == 0
    shown = capsys.readouterr().out
    assert f"run      {RUN}: queue engine, all is sent" in shown
    assert "sent     100 of 120 listed, 20 skipped, 5 cancelled" in shown
    assert "queue    about 12 wait, 0 in flight; uploads included" in shown
    assert "letters  1: 1 corrupt image" in shown
    assert "uploads  not known" in shown
    assert shown.endswith(f"\n\n{RUN}: 100 sent, 1 in dead letters\n")


def test_hostile_names_are_printed_harmlessly(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    keep_run(place, engine="\x1b[31mqueue", counts={"listed": 1, "\u202eevil": 2})
    status(place, as_json=False)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
