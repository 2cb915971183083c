"""Change rule and instance as docs/how-to/change-key-rule.md says: by a second deployment on the same bucket.

Pictures are uploaded, overwritten and deleted all the time, and a search application asks all the time: every picture
that it has found once must be found until it is deleted. The commands are real, and know the deployments by their
settings.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.instance import open_instance
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.e2e.conftest import Finished, wait_until
from tests.support.pictures import jpeg

pytestmark = pytest.mark.slow

OLD_INSTANCE, NEW_INSTANCE = "pictures-1", "pictures-2"
NEW_RULE = "{product_id}/{*}"
GOOD = [f"{shelf}/{1000 + number}/{side}.jpg" for shelf in ("shoes", "bags") for number in range(12) for side in "ab"]
BAD = ["shoes/9001/broken.jpg", "bags/9002/broken.jpg"]
Command = Callable[..., Finished]


class Aws(AwsCloud):
    ADDS_A_SECOND = 1000


class Alibaba(AlibabaCloud):
    ADDS_A_SECOND = 1000


def old_ids(key: str) -> tuple[str, str]:
    """Return ProductId and PicName under the default rule: the folder, and the whole key."""
    return key.split("/")[-2], key


def new_ids(key: str) -> tuple[str, str]:
    """Return them under the new rule: the first folder, and the whole key."""
    return key.split("/", maxsplit=1)[0], key


@dataclass
class Deployment:
    """One of the deployments: the shell of its operator, and what the application asks."""

    cloud: LocalCloud
    ids: Callable[[str], tuple[str, str]]
    command: Command
    state: Path

    def __post_init__(self) -> None:
        self.cloud.image_search.change_rates(query=10_000)
        self.environ = self.cloud.environ() | {"INGEST_BUCKET": "pictures", "XDG_STATE_HOME": str(self.state)}
        self._instance = open_instance(find_deployment(self.environ))

    def run(self, *words: object) -> Finished:
        return self.command(*words, **{name: value for name, value in self.environ.items() if name != "PATH"})

    def entries(self) -> set[tuple[str, str]]:
        return {(entry.product_id, entry.pic_name) for entry in self.cloud.image_search.entries()}

    def finds(self, key: str) -> bool:
        """Return what the service answers to the application."""
        return self._instance.find(*self.ids(key)) is not None

    def backfill(self, url: str) -> dict[str, Any]:
        """Run a backfill, and wait as an operator does: until nothing waits."""
        done = self.run("backfill", url, "--yes", "--json")
        assert done.code == 0, done.stderr
        wait_until(lambda: self._waiting() < 5, 90)
        return done.summary

    def _waiting(self) -> int:
        shown = self.run("backfill", "status", "--json")
        assert shown.code == 0, shown.stderr
        document = shown.lines[0]
        return int(document["waiting_about"]) + int(document["in_flight_about"])


@dataclass
class Uploaders:
    """Upload, overwrite and delete, about ten times a second. ``expected`` is what the bucket holds of it."""

    cloud: LocalCloud
    expected: set[str]
    deleted: set[str] = field(default_factory=set)
    rng: random.Random = field(default_factory=lambda: random.Random(15))

    def go_on(self, number: int) -> None:
        key = f"live/{5000 + number // 2}/{number}.jpg"
        self.cloud.upload(key, jpeg())
        self.expected.add(key)
        if number % 4 == 0:
            self.cloud.upload(self.rng.choice(sorted(self.expected)), jpeg(240, 200))
        if number % 5 == 0:
            gone = self.rng.choice(sorted(self.expected))
            self.deleted.add(gone)  # before: from now on nobody may count on it
            self.expected.discard(gone)
            self.cloud.remove(gone)


@dataclass
class Application:
    """The application that searches. It uses ``current``; the other instance is the way back.

    ``settled`` holds what it has found once. ``proven`` was in both instances before the switch.
    """

    uploaders: Uploaders
    current: Deployment
    other: Deployment | None = None
    settled: set[str] = field(default_factory=set)
    proven: set[str] = field(default_factory=set)
    asked: int = 0
    missed: list[str] = field(default_factory=list)

    def ask(self, number: int) -> None:
        """Compare all pictures with the instances, and ask for one as the application does."""
        known, proven = set(self.settled), set(self.proven)
        here = self.current.entries()
        there = self.other.entries() if self.other else set()
        for key in known:
            is_there = self.other is not None and self.other.ids(key) in there
            if self.current.ids(key) not in here and (key in proven or not is_there):
                self._miss(key)
        self.settled |= {key for key in list(self.uploaders.expected) if self.current.ids(key) in here}
        keys = sorted(known)
        if keys:
            key = keys[number % len(keys)]
            self.asked += 1
            if not self.current.finds(key) and not (key not in proven and self.other and self.other.finds(key)):
                self._miss(key)

    def _miss(self, key: str) -> None:
        if key not in self.uploaders.deleted:
            self.missed.append(key)


@contextmanager
def going_on(what: Callable[[int], None], seconds: float) -> Iterator[None]:
    """Call ``what`` again and again while the block runs. An error of it is the block's."""
    stop, errors = threading.Event(), list[BaseException]()

    def work() -> None:
        number = 0
        while not stop.wait(seconds):
            number += 1
            try:
                what(number)
            except BaseException as error:  # noqa: BLE001 - told below
                errors.append(error)
                return

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]


def settings(instance: str, **more: str) -> dict[str, str]:
    return {"INGEST_INSTANCE_NAME": instance, "INGEST_INSTANCE_REGION": "cn-shanghai", **more}


def fill(cloud: LocalCloud) -> None:
    for key in GOOD:
        cloud.upload(key, jpeg())
    for key in BAD:
        cloud.upload(key, b"no picture")


@pytest.mark.parametrize("kind", [Aws, Alibaba])
def test_second_stack_takes_over_without_a_moment_without_search(
    kind: type[LocalCloud], run: Command, tmp_path: Path
) -> None:
    url = "oss://pictures" if kind is Alibaba else "s3://pictures"
    with ExitStack() as stack:
        first = stack.enter_context(kind(settings(OLD_INSTANCE)))
        old = Deployment(first, old_ids, run, tmp_path / "old")
        fill(first)
        wait_until(lambda: len(old.entries()) == len(GOOD) and len(first.dead_letters()) == len(BAD), 60)
        uploaders = Uploaders(first, set(GOOD))
        application = Application(uploaders, current=old)
        with going_on(application.ask, 0.05):
            with going_on(uploaders.go_on, 0.1):
                second = stack.enter_context(
                    kind(settings(NEW_INSTANCE, INGEST_KEY_TEMPLATE=NEW_RULE), name="second", beside=first)
                )
                new = Deployment(second, new_ids, run, tmp_path / "new")
                check_dry_run(new, url)
                sent = new.backfill(url)
                assert sent["sent"] + sent["skipped"] == sent["listed"] >= len(GOOD)
                switch_when_equal(application, new)
                time.sleep(2)  # the old deployment is the way back, and still up to date
                assert len(old.entries() & {old_ids(key) for key in application.proven}) > len(GOOD) / 2
                application.other = None
                first.delete_stack()
                time.sleep(2)
            wanted = {new_ids(key) for key in uploaders.expected}
            wait_until(lambda: new.entries() == wanted, 60)
        assert application.missed == []
        assert application.asked > 20
        assert len(application.settled) > len(GOOD) + 20
        audit = new.run("audit", "--grace", "0", "--json")
        counts = audit.summary
        assert (audit.code, counts["missing"], counts["orphaned"], counts["foreign"]) == (0, 0, 0, 0)
        assert (counts["same"], counts["known_rejected"]) == (len(wanted), len(BAD))


def check_dry_run(new: Deployment, url: str) -> None:
    before = new.cloud.image_search.entries()
    done = new.run("backfill", url, "--json")
    assert done.code == 0, done.stderr
    assert done.summary["listed"] >= len(GOOD)
    assert len(before) < len(GOOD) / 2  # nothing but live uploads has reached the new instance


def switch_when_equal(application: Application, new: Deployment) -> None:
    """Audit until index and bucket are equal. Then let the application ask the new instance."""
    for _ in range(5):
        known = set(application.settled)
        audit = new.run("audit", "--grace", "20s", "--json")
        if audit.code == 0:
            break
    assert audit.code == 0, audit.stdout + audit.stderr
    assert audit.summary["known_rejected"] == len(BAD)
    application.proven = known & {key for key in known if new.ids(key) in new.entries()}
    assert known - application.proven <= application.uploaders.deleted
    application.current, application.other = new, application.current


@pytest.mark.parametrize("kind", [Aws, Alibaba])
def test_new_rule_in_place_leaves_old_entries_to_delete(kind: type[LocalCloud], run: Command, tmp_path: Path) -> None:
    url = "oss://pictures" if kind is Alibaba else "s3://pictures"
    with kind(settings(OLD_INSTANCE)) as cloud:
        before = Deployment(cloud, old_ids, run, tmp_path / "state")
        fill(cloud)
        wait_until(lambda: len(before.entries()) == len(GOOD) and len(cloud.dead_letters()) == len(BAD), 60)
        cloud.update_stack({"INGEST_KEY_TEMPLATE": NEW_RULE})
        after = Deployment(cloud, new_ids, run, tmp_path / "state")
        after.backfill(url)
        both = {old_ids(key) for key in GOOD} | {new_ids(key) for key in GOOD}
        wait_until(lambda: after.entries() == both, 60)
        counts = after.run("audit", "--grace", "0", "--json").summary
        assert (counts["exit"], counts["foreign"], counts["same"]) == (0, len(GOOD), len(GOOD))

        shown = after.run("reconcile", "--grace", "0", "--delete-unmade", len(GOOD), "--json")
        assert shown.code == 0, shown.stderr
        assert after.entries() == both  # a dry run
        done = after.run("reconcile", "--grace", "0", "--delete-unmade", len(GOOD), "--yes", "--json")
        assert done.code == 0, done.stdout + done.stderr
        assert after.entries() == {new_ids(key) for key in GOOD}
        counts = after.run("audit", "--grace", "0", "--json").summary
        assert (counts["exit"], counts["foreign"], counts["same"]) == (0, 0, len(GOOD))
