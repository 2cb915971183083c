"""Cancel a run on both local clouds, among live uploads, announcements of others, and what else a queue may hold."""

import errno
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.backfill import sieve
from imagesearch_ops.backfill.backfilling import run_backfill
from imagesearch_ops.backfill.cancelling import run_cancel
from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.deployment_options import SHELL
from imagesearch_ops.errors import InputError
from imagesearch_ops.queues import open_queue
from imagesearch_ops.run_folder import RunFolder, resume_run
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.sqs.queue import MessageNotInflight
from tests.e2e.conftest import COMMAND, clean_environ, wait_until
from tests.support.both_clouds import event_of

RUN, OTHER = "20261129T0655-7f3a", "20261129T0655-7f3b"
NASTY = [
    "a b.jpg",
    "tab\there.jpg",
    "new\nline.jpg",
    "100%41+.jpg",
    "trailing ",
    "\u202egpj.exe",
    "鞋/👟.jpg",
    "\ud800.jpg",
]
_numbers = count(1)


@dataclass
class Place:
    """A queue of one cloud, and what was put into it."""

    cloud: LocalCloud
    name: str
    url: str
    environ: dict[str, str]
    state: Path

    @property
    def kind(self) -> str:
        return "alibaba" if isinstance(self.cloud, AlibabaCloud) else "aws"

    def announce(self, why: str, run: str | None, *keys: str) -> list[str]:
        """Send announcements as the tool does, which gives way to live uploads. Return their bodies."""
        bodies = [write_announcement(ObjectRef(self.kind, "pictures", key), why, run) for key in keys]
        assert open_queue(self.url, self.environ).send(bodies) == [None] * len(keys)
        return bodies

    def send(self, *bodies: str) -> list[str]:
        """Send messages as others do: as a bucket or a person."""
        for body in bodies:
            if isinstance(self.cloud, AlibabaCloud):
                self.cloud.smq.queue(self.name).send(body)
            else:
                assert isinstance(self.cloud, AwsCloud)
                self.cloud.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        return list(bodies)

    def upload(self, *keys: str) -> list[str]:
        return self.send(*(json.dumps(event_of(self.kind, key)) for key in keys))

    def bodies(self) -> Counter[str]:
        """Return all messages, hidden or not."""
        return Counter(body for body, _ in self._messages())

    def hidden(self) -> list[str]:
        return [body for body, is_hidden in self._messages() if is_hidden]

    def _messages(self) -> Iterator[tuple[str, bool]]:
        now = time.time()
        if isinstance(self.cloud, AlibabaCloud):
            yield from ((one.text, one.visible_at > now) for one in self.cloud.smq.queue(self.name).messages())
            return
        for one in local_queue(self.url).all_messages():
            yield one.body, one.hidden_until > now * 1000


def local_queue(url: str) -> Any:
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - moto takes a second to import

    return sqs_backends["123456789012"]["us-east-1"].queues[url.rpartition("/")[2]]


@pytest.fixture(scope="module")
def clouds() -> Iterator[dict[str, LocalCloud]]:
    with AwsCloud(with_function=False) as aws, AlibabaCloud(with_function=False) as alibaba:
        yield {"aws": aws, "alibaba": alibaba}


@pytest.fixture(params=["aws", "alibaba"])
def place(
    request: pytest.FixtureRequest,
    clouds: dict[str, LocalCloud],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Place:
    monkeypatch.setattr(sieve, "_WAIT_SECONDS", 0)  # a local queue never falsely brings nothing
    cloud, name = clouds[request.param], f"run-{next(_numbers)}"
    if isinstance(cloud, AlibabaCloud):
        cloud.smq.create_queue(name, visibility_timeout=90)
        url = cloud.smq.queue_url(name)
    else:
        assert isinstance(cloud, AwsCloud)
        url = cloud._create_queue(name)  # noqa: SLF001 - as its own queues
    environ = cloud.environ() | {"INGEST_QUEUE_URL": url, "XDG_STATE_HOME": str(tmp_path / "state")}
    for variable, value in environ.items():  # botocore reads keys and endpoints from the process
        monkeypatch.setenv(variable, value)
    return Place(cloud, name, url, environ, tmp_path / "state" / "imagesearch-ingest")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def cancel(place: Place, run: str = RUN, *, yes: bool = True, state: Path | None = None) -> int:
    return run_cancel(run, state, SHELL, place.environ, yes=yes, as_json=True)


def keep_run(place: Place, **about: Any) -> Path:
    """Write the folder that a backfill leaves."""
    folder = place.state / RUN
    folder.mkdir(parents=True)
    known = {"v": 1, "command": "backfill", "run": RUN, "url": "s3://pictures", "engine": "queue", "complete": True}
    (folder / "run.json").write_text(json.dumps(known | about))
    return folder


def keys_of(bodies: Counter[str]) -> list[str]:
    return sorted(json.loads(body)["imagesearch_ingest"]["look_at"]["key"] for body in bodies.elements())


def test_exactly_the_others_remain(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    mine = [*(f"mine/{n}.jpg" for n in range(60)), *NASTY]
    place.announce("backfill", RUN, *mine)
    others = [
        *place.upload(*(f"live/{n}.jpg" for n in range(25))),
        *place.announce("backfill", OTHER, *(f"other/{n}.jpg" for n in range(40))),
        *place.announce("backfill", None, "no-run.jpg"),
        *place.announce("replay", RUN, "replayed.jpg"),  # of the same name, but no backfill
        *place.announce("reconcile", RUN, "drifted.jpg"),
        *place.send("rubbish", "[]", '{"imagesearch_ingest": {"look_at": 7, "run": 7}}', '{"imagesearch_ingest": []}'),
        *place.send("[" * 5000),
    ]
    folder = keep_run(place)
    assert cancel(place) == 0
    assert place.bodies() == Counter(others)
    assert place.hidden() == []
    (document,) = lines()
    assert document["summary"] | {"seconds": 0} == {
        "v": 1,
        "run": RUN,
        "cancelled": 68,
        "others": 73,
        "complete": True,
        "hidden_about": 0,
        "seconds": 0,
        "exit": 0,
        "error": None,
    }
    assert json.loads((folder / "run.json").read_text())["cancelled"] == 68
    cancelled = [json.loads(line)["key"] for line in (folder / "cancelled.jsonl").read_text().splitlines()]
    assert sorted(cancelled) == sorted(mine)


def test_without_yes_nothing_changes(place: Place, lines: Callable[[], list[dict[str, Any]]]) -> None:
    sent = place.announce("backfill", RUN, *(f"{n}.jpg" for n in range(35))) + place.upload("live.jpg")
    folder = keep_run(place)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert cancel(place, yes=False) == 0
    assert place.bodies() == Counter(sent)
    assert place.hidden() == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    summary = lines()[-1]["summary"]
    assert (summary["waiting"], summary["others"]) == (35, 1)


def test_resumed_run_says_what_was_cancelled_and_how_to_send_it(
    place: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url, folder = f"{'s3' if place.kind == 'aws' else 'oss'}://pictures", tmp_path / "run"
    for key in ("1.jpg", "a b+%41.jpg"):
        place.cloud.upload(key, b"a picture")

    def backfill(**options: Any) -> str:
        assert run_backfill(Wanted(url, yes=True, **options), place.environ, as_json=True) == 0
        return capsys.readouterr().err

    backfill(state=folder)
    sent = place.bodies()
    assert cancel(place, str(folder)) == 0
    assert place.bodies().total() == 0
    said = backfill(resume=str(folder))
    assert "2 announcements of the run were cancelled, and are not sent again." in said
    assert f"imagesearch-ingest backfill {url} --keys-from {folder / 'cancelled.jsonl'}" in said
    backfill(keys_from=str(folder / "cancelled.jsonl"))
    assert keys_of(sent) == keys_of(place.bodies()) == ["1.jpg", "a b+%41.jpg"]


def test_second_cancel_finds_nothing_and_keeps_the_count(place: Place) -> None:
    place.announce("backfill", RUN, "1.jpg", "2.jpg")
    folder = keep_run(place)
    assert [cancel(place), cancel(place)] == [0, 0]
    assert json.loads((folder / "run.json").read_text())["cancelled"] == 2


@pytest.mark.parametrize("complete", [True, False])
def test_whether_all_was_sent_stays_as_it_was(place: Place, *, complete: bool) -> None:
    folder = keep_run(place, complete=complete, last_key="k")
    cancel(place)
    about = json.loads((folder / "run.json").read_text())
    assert (about["complete"], about["last_key"]) == (complete, "k")


def test_another_machine_than_the_run_s_needs_the_name_alone(place: Place) -> None:
    place.announce("backfill", RUN, "1.jpg")
    kept = place.announce("backfill", OTHER, "1.jpg")
    assert cancel(place) == 0
    assert place.bodies() == Counter(kept)
    own = place.state / f"cancel-{RUN}"
    assert json.loads((own / "cancelled.jsonl").read_text()) == {"key": "1.jpg"}
    place.announce("backfill", RUN, "2.jpg")
    assert cancel(place) == 0  # the folder is there already
    assert json.loads((own / "run.json").read_text())["cancelled"] == 2


def test_message_that_the_function_has_sent_again_is_found(place: Place) -> None:
    """On SMQ, the function hands a message back in an envelope."""
    body = write_announcement(ObjectRef(place.kind, "pictures", "1.jpg"), "backfill", RUN)
    again = {"imagesearch_ingest": {"receives": 3, "first_received_at": None, "message": body}}
    live = {"imagesearch_ingest": {"receives": 3, "first_received_at": None, "message": "{}"}}
    place.send(json.dumps(again))
    kept = place.send(json.dumps(live), json.dumps({"imagesearch_ingest": {"receives": "many", "message": body}}))
    assert cancel(place) == 0
    assert place.bodies() == Counter(kept)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"engine": "direct"}, "has the engine direct: nothing of it waits in a queue"),
        ({"engine": "bulk"}, "has the engine bulk: nothing of it waits in a queue"),
        ({"command": "plan"}, "holds a run of plan, and no backfill"),
        ({"instance": "elsewhere"}, "filled the instance elsewhere, and this shell's settings has demo"),
    ],
)
def test_run_that_has_nothing_in_this_queue_is_refused(place: Place, about: dict[str, str], message: str) -> None:
    kept = place.announce("backfill", RUN, "1.jpg")
    keep_run(place, **about)
    with pytest.raises(InputError, match=message):
        cancel(place)
    assert place.bodies() == Counter(kept)


def test_bucket_of_another_deployment_is_refused(place: Place) -> None:
    keep_run(place, url="s3://drawings/cups")
    place.environ["INGEST_BUCKET"] = "pictures"
    with pytest.raises(InputError, match="is about the bucket drawings, and this shell's settings has pictures"):
        cancel(place)


@pytest.mark.parametrize("run", ["20261129T0655", "..", "no/such", "latest"])
def test_name_that_is_no_run_is_refused(place: Place, run: str) -> None:
    with pytest.raises(InputError, match="there is no run"):
        cancel(place, run)


def test_run_that_still_sends_is_refused(place: Place) -> None:
    kept = place.announce("backfill", RUN, "1.jpg")
    folder = keep_run(place)
    with resume_run(folder, {}), pytest.raises(InputError, match="another command is at work on the run"):
        cancel(place)
    assert place.bodies() == Counter(kept)


def test_full_disk_takes_nothing_out(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = place.announce("backfill", RUN, *(f"{n}.jpg" for n in range(15))) + place.upload("live.jpg")
    folder = keep_run(place)

    def refuse(_: RunFolder, name: str, *__: object, **___: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / name))

    monkeypatch.setattr(RunFolder, "append", refuse)
    with pytest.raises(OSError, match="No space left"):
        cancel(place)
    assert place.bodies() == Counter(sent)
    if place.kind == "alibaba":
        time.sleep(1.1)  # SMQ hides what is released for a second
    assert place.hidden() == []


def test_unknown_queue_is_named(place: Place) -> None:
    del place.environ["INGEST_QUEUE_URL"]
    with pytest.raises(InputError, match="the queue is unknown"):
        cancel(place)


def test_killed_cancel_loses_nothing(place: Place) -> None:
    """What is gone from the queue is in cancelled.jsonl; the next cancel takes the rest."""
    keys = [f"{n:04}.jpg" for n in range(400)]
    place.announce("backfill", RUN, *keys)
    kept = place.upload("live.jpg")
    folder = keep_run(place)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "backfill", "cancel", RUN, "--yes"],
        env=clean_environ(**place.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_until(lambda: place.bodies().total() < 400)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    left = {json.loads(body)["imagesearch_ingest"]["look_at"]["key"] for body in place.bodies() if body not in kept}
    cancelled = {json.loads(line)["key"] for line in (folder / "cancelled.jsonl").read_text().splitlines()}
    assert left | cancelled == set(keys)
    if isinstance(place.cloud, AwsCloud):
        wait_until(lambda: show_all(place) or (cancel(place) == 0 and place.bodies() == Counter(kept)))


def show_all(place: Place) -> None:
    """Let the time pass for which the killed command has hidden messages. A request of it may still be at work."""
    queue = local_queue(place.url)
    for message in [one for one in queue.all_messages() if one.in_flight]:
        with suppress(MessageNotInflight):
            queue.change_visibility(message.receipt_handle, 0)
