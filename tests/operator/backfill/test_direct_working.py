"""The loop of the direct engine over fakes: which fault ends an object, and which ends the run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ingest.bootstrap.common import Deployment, build_reconciler, build_settler
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.redaction import Redactor
from imagesearch_ops.backfill.direct import working
from imagesearch_ops.backfill.direct.feed import Feed
from imagesearch_ops.backfill.direct.interruption import Interruption
from imagesearch_ops.backfill.direct.ledger import Ledger
from imagesearch_ops.backfill.direct.letters import FiledLetters
from imagesearch_ops.backfill.direct.pipeline import LastOutcome, Pipeline
from imagesearch_ops.backfill.direct.working import Working
from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.patience import StoppableClock
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder, open_new_run
from tests.support.builders import a_settings, some_ports
from tests.support.fakes import FakeDeadLetterQueue, FakeImageIndex, FakeObjectStore
from tests.support.pictures import jpeg

UNAVAILABLE = IngestError(Reason.SERVICE_UNAVAILABLE, "the service is out", attempts=1)


class PickyIndex(FakeImageIndex):
    """An index that fails for some pictures by their names, and for all if ``is_out``."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: set[str] = set()
        self.is_out = False

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        if self.is_out or request.pic_name in self.failing:
            self.adds += 1
            raise IngestError(UNAVAILABLE.reason, UNAVAILABLE.detail, attempts=1)
        super().add(upload, request)


class Shop:
    """A bucket with ``keys``, and one run over it."""

    def __init__(self, folder: RunFolder, keys: list[str]) -> None:
        self.keys, self.folder = keys, folder
        self.store, self.index, self.queue = FakeObjectStore(), PickyIndex(), FakeDeadLetterQueue()
        for key in keys:
            self.store.put("shop", key, jpeg())

    def run(self, **wanted: Any) -> Working:
        """Run to the end or to a limit. Raise what the run raises; ``working`` is kept."""
        settings, clock = a_settings(adds_per_second=1000), StoppableClock()
        letters, reporter = FiledLetters(self.folder, self.queue), LastOutcome()
        ports = some_ports(
            store=self.store, index=self.index, clock=clock, dead_letters=letters, reporter=reporter, queue=None
        )
        pipeline = Pipeline(
            build_reconciler(settings, ports),
            build_settler(settings, ports, Deployment("backfill", "1")),
            letters,
            clock,
            SimpleNamespace(close=lambda: None),  # type: ignore[arg-type]
            Redactor(),
            reporter,
            60.0,
            "r1",
        )
        job: Any = SimpleNamespace(
            wanted=Wanted("s3://shop", **wanted),
            settings=settings,
            place=SimpleNamespace(url=BucketUrl.parse("s3://shop")),
            folder=self.folder,
            report=Report(as_json=False),
        )
        interruption, self.ledger = Interruption(), Ledger(self.folder)
        self.working = Working(job, pipeline, interruption, 1000.0)
        listed = (ListedObject(key, 100, "", "STANDARD") for key in self.keys[self.ledger.count :])
        self.working.run(self.ledger, Feed(job, listed, self.ledger, interruption))
        return self.working

    def letters(self) -> list[tuple[str, str]]:
        return [(line["source"]["key"], line["code"]) for line in self.folder.read("letters.jsonl")]


@pytest.fixture
def open_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Shop]]:
    monkeypatch.setattr(working, "AGAIN_SECONDS", 0.2)
    monkeypatch.setattr(working, "_TURN_SECONDS", 0.05)
    with open_new_run(tmp_path / "run", {"run": "r1"}) as folder:
        yield lambda number: Shop(folder, [f"cup/{n:02}.jpg" for n in range(number)])


def test_a_fault_that_only_one_object_has_ends_in_a_letter(open_shop: Callable[[int], Shop]) -> None:
    shop = open_shop(12)
    shop.index.failing = {"cup/03.jpg"}
    done = shop.run()
    assert shop.letters() == [("cup/03.jpg", "service_unavailable")]
    assert [letter.source.key for letter in shop.queue.letters if letter.source] == ["cup/03.jpg"]
    assert (len(shop.index.entries), done.failed, done.not_settled) == (11, 1, 0)
    assert shop.ledger.totals.outcomes == {"added": 11, "failed": 1}


def test_the_last_object_is_blamed_only_after_the_service_has_proved_to_work(open_shop: Callable[[int], Shop]) -> None:
    shop = open_shop(5)
    shop.index.failing = {"cup/04.jpg"}
    shop.run()
    assert shop.letters() == [("cup/04.jpg", "service_unavailable")]
    assert shop.ledger.totals.outcomes == {"added": 4, "failed": 1}


def test_an_outage_stops_the_run_without_a_letter(open_shop: Callable[[int], Shop]) -> None:
    shop = open_shop(12)
    shop.index.is_out = True
    with pytest.raises(IngestError) as error:
        shop.run()
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
    assert (shop.letters(), shop.ledger.totals.seen, shop.ledger.count) == ([], 0, 0)
    assert 1 <= shop.working.not_settled <= 10
    shop.index.is_out = False
    shop.run()
    assert len(shop.index.entries) == 12


def test_an_outage_in_the_middle_keeps_what_is_settled(open_shop: Callable[[int], Shop]) -> None:
    shop = open_shop(30)
    settled = shop.index.entries

    def go_out() -> None:
        shop.index.is_out = len(settled) >= 10

    shop.index.faults.script("upload", *[go_out] * 30)
    with pytest.raises(IngestError):
        shop.run()
    assert 10 <= shop.ledger.totals.outcomes["added"] == len(settled) < 30
    assert shop.letters() == []


def test_too_many_failed_objects_stop_the_run(open_shop: Callable[[int], Shop]) -> None:
    shop = open_shop(40)
    shop.index.failing = {f"cup/{n:02}.jpg" for n in (1, 2)}  # a third one, in work with them, might fail as well
    done = shop.run(max_errors=2)
    assert (done.is_at_most_errors, done.failed) == (True, 2)


def test_a_rejected_picture_is_no_error(open_shop: Callable[[int], Shop]) -> None:
    shop = open_shop(6)
    for key in shop.keys[:3]:
        shop.store.put("shop", key, b"not a picture")
    done = shop.run(max_errors=1)
    assert (done.is_at_most_errors, done.failed, shop.ledger.totals.outcomes) == (False, 0, {"rejected": 3, "added": 3})


def test_a_queue_that_takes_no_letter_stops_the_run_and_the_file_holds_it_once(
    open_shop: Callable[[int], Shop],
) -> None:
    shop = open_shop(1)
    shop.store.put("shop", shop.keys[0], b"not a picture")
    shop.queue.faults.script("send", IngestError(Reason.CREDENTIALS, "the queue refused it"))
    with pytest.raises(IngestError, match="the queue refused it"):
        shop.run()
    assert (shop.letters(), shop.ledger.totals.seen) == ([("cup/00.jpg", "not_an_image")], 0)
    shop.run()
    assert (shop.letters(), len(shop.queue.letters)) == ([("cup/00.jpg", "not_an_image")], 1)
    assert shop.ledger.totals.outcomes == {"rejected": 1}


def test_a_full_disk_ends_the_run_with_the_name_of_the_file(
    open_shop: Callable[[int], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop(1)
    shop.store.put("shop", shop.keys[0], b"not a picture")
    append = RunFolder.append

    def full(self: RunFolder, name: str, *lines: Any, sync: bool = False) -> None:
        if name == "letters.jsonl":
            raise OSError(28, "No space left on device", str(self.path / name))
        append(self, name, *lines, sync=sync)

    monkeypatch.setattr(RunFolder, "append", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*letters\.jsonl'"):
        shop.run()
    assert shop.ledger.totals.seen == 0
