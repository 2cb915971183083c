"""A dump is made now or read from a file, and is trusted only if its lines are as many as the entries counted."""

import gzip
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ops import instance
from imagesearch_ops.audit.dumps import Dump, check, open_dump
from imagesearch_ops.deployment import Deployment, find_deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.index import download, tasks
from imagesearch_ops.index.dump import run_dump
from imagesearch_ops.index.normalising import Normalised, read_entries
from imagesearch_ops.run_folder import RunFolder, open_new_run
from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import Api, picture
from tests.operator.index.conftest import api, environ, running, service

__all__ = ["api", "environ", "running", "service"]

IDS = [("1", "a.jpg"), ("1", 'b,"c".jpg'), ("\x1b[31m", "line\nbreak\u202e.jpg"), ("日本", "靴.jpg")]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, service: ImageSearchService) -> None:
    """Let tasks take a moment, and polls follow each other at once."""
    for module in (instance, tasks, download):
        monkeypatch.setattr(module, "SLOT_SECONDS", 0.02)
    service.change_tasks(seconds=0.05)
    service.change_rates(detail=1000, dump=1000, dump_list=1000)


@pytest.fixture
def filled(api: Api, service: ImageSearchService) -> ImageSearchService:
    for number, ids in enumerate(IDS):
        api.add(picture(corner=number), *ids)
    return service


@pytest.fixture
def deployment(environ: dict[str, str]) -> Deployment:
    return find_deployment(environ)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    with open_new_run(tmp_path / "run", {}) as folder:
        yield folder


def read(dump: Dump) -> tuple[list[tuple[str, str]], str | None]:
    """Return the IDs of all entries, and why the dump is not trusted."""
    found = dump.start_reading()
    ids = [(entry.product_id, entry.pic_name) for entry in read_entries(dump.path, found)]
    return ids, check(dump, found)


@pytest.mark.parametrize(("form", "packing"), [("json_lines", "none"), ("json_array", "gzip"), ("csv", "zip")])
def test_without_a_file_the_instance_exports_now(deployment, filled, folder, form: str, packing: str) -> None:
    filled.change_tasks(seconds=0.3, format=form, packing=packing)
    began = time.time()
    dump = open_dump(None, deployment, folder)
    assert read(dump) == (IDS, None)
    assert (dump.is_made_now, dump.before, dump.after, dump.index_total) == (True, 4, 4, 4)
    assert dump.path == folder.path / "dump.raw"
    assert began <= dump.taken_at < time.time() - 0.3


def test_the_time_of_a_dump_is_not_that_of_the_wait_for_another(deployment, filled, api, folder) -> None:
    filled.change_tasks(seconds=0.8)
    asked_at = time.time()
    api.client.dump_meta_with_options(_request(), api.runtime)
    filled.change_tasks(seconds=0.05)
    assert open_dump(None, deployment, folder).taken_at >= asked_at + 0.8


def _request():
    from alibabacloud_imagesearch20201214.models import DumpMetaRequest  # noqa: PLC0415

    return DumpMetaRequest(instance_name="demo")


@pytest.mark.usefixtures("filled")
def test_a_file_of_index_dump_is_of_the_time_of_its_last_change(deployment, environ, folder, tmp_path, capsys) -> None:
    file = tmp_path / "entries.jsonl"
    assert run_dump(file, None, environ, as_json=True) == 0
    os.utime(file, (1_790_000_000, 1_790_000_000))
    capsys.readouterr()
    dump = open_dump(file, deployment, folder)
    assert read(dump) == (IDS, None)
    assert (dump.is_made_now, dump.taken_at, dump.index_total) == (False, 1_790_000_000, 4)
    assert capsys.readouterr().err == (
        f"{file}: taken as the index of 2026-09-21 14:13:20 UTC, when the file was last changed.\n"
    )
    raw = open_dump(tmp_path / "entries.jsonl.raw", deployment, folder)
    assert read(raw) == (IDS, None)


@pytest.mark.usefixtures("filled")
def test_a_file_from_the_future_is_of_now(deployment, folder, tmp_path) -> None:
    file = tmp_path / "later.jsonl"
    file.write_bytes(b"")
    os.utime(file, (4_000_000_000, 4_000_000_000))
    assert open_dump(file, deployment, folder).taken_at <= time.time()


def test_entries_that_are_added_meanwhile_are_allowed_for(deployment, filled, api, folder) -> None:
    filled.change_tasks(seconds=1)
    adding = threading.Timer(0.5, lambda: [api.add(picture(), "new", f"{n}.jpg") for n in range(3)])
    adding.start()
    dump = open_dump(None, deployment, folder)
    adding.join()
    assert (dump.before, dump.after) == (4, 7)
    assert read(dump) == (IDS, None)


def test_an_instance_that_cannot_be_asked_leaves_the_number_unknown(environ, folder, tmp_path) -> None:
    file = tmp_path / "entries.jsonl"
    file.write_text(json.dumps({"ProductId": "1", "PicName": "a"}) + "\n")
    without = {name: value for name, value in environ.items() if not name.startswith("ALIBABA_")}
    dump = open_dump(file, find_deployment(without), folder)
    assert (dump.before, dump.after, dump.index_total) == (None, None, None)
    ids, why = read(dump)
    assert ids == [("1", "a")]
    assert why == (
        "The dump may not be whole, because the number of entries is unknown: Detail failed: InvalidCredentials. "
        "Check the access key for this service, and its permissions."
    )


@pytest.mark.parametrize(("name", "fault"), [("none.jsonl", "no such file"), (".", "not a regular file")])
def test_a_dump_that_is_no_file_is_named(deployment, folder, tmp_path, name: str, fault: str) -> None:
    with pytest.raises(InputError, match=rf"--dump .*: {fault}"):
        open_dump(tmp_path / name, deployment, folder)


@pytest.mark.usefixtures("filled")
def test_a_file_that_is_no_dump_is_not_recognised(deployment, folder, tmp_path) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(picture())
    why = read(open_dump(file, deployment, folder))[1]
    assert why is not None
    assert "lines of the dump (unknown) were recognised" in why


@pytest.mark.usefixtures("filled")
def test_a_dump_that_ends_early_is_not_trusted(deployment, folder, tmp_path) -> None:
    line = json.dumps({"ProductId": "1", "PicName": "a" * 100}).encode() + b"\n"
    file = tmp_path / "dump.gz"
    file.write_bytes(gzip.compress(line * 4)[:-12])
    why = read(open_dump(file, deployment, folder))[1]
    assert why is not None
    assert why.startswith("The dump was not read to its end: it cannot be decompressed")


def test_a_dump_that_is_far_too_long_is_not_read_to_its_end(deployment, filled, folder, tmp_path) -> None:
    assert len(filled.entries()) == 4
    file = tmp_path / "dump.jsonl"
    file.write_text("".join(f'{{"ProductId": "1", "PicName": "{n}"}}\n' for n in range(5000)))
    ids, why = read(open_dump(file, deployment, folder))
    assert len(ids) == 1008
    assert why == f"The dump has 1,009 entries or more, but the instance counted 4 entries. {MAKE_ANOTHER}"


def a_dump(before: int | None, after: int | None, *, made_now: bool) -> Dump:
    return Dump(Path("run/dump.raw"), 0.0, is_made_now=made_now, before=before, after=after)


def found(lines: int, recognised: int | None = None) -> Normalised:
    recognised = lines if recognised is None else recognised
    return Normalised(0, 0, lines=lines, recognised=recognised, form="JSON lines")


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [(0, 0, 0), (1000, 1000, 1000), (1000, 1005, 1000), (1000, 1005, 1005), (1000, 1005, 1010), (1005, 1000, 995)],
)
def test_a_dump_of_now_that_has_as_many_lines_is_trusted(before: int, after: int, lines: int) -> None:
    assert check(a_dump(before, after, made_now=True), found(lines)) is None


@pytest.mark.parametrize(
    ("total", "lines"), [(1000, 990), (1000, 1010), (5, 15), (10, 1), (5000, 4950), (5000, 5050), (10_000, 9_900)]
)
def test_a_file_may_be_ten_lines_or_one_percent_off(total: int, lines: int) -> None:
    assert check(a_dump(total, total, made_now=False), found(lines)) is None


MAKE_ANOTHER = "Audit again without --dump, or make a new one with `index dump`."
LATER = "Audit again when the instance changes less; the dump is kept in run/dump.raw."


@pytest.mark.parametrize(
    ("dump", "lines", "recognised", "repeated", "why"),
    [
        ((1000, 1000, True), 0, 0, 0, f"The dump is empty, but the instance counted 1,000 entries. {LATER}"),
        ((5, 5, False), 0, 0, 0, f"The dump is empty, but the instance counted 5 entries. {MAKE_ANOTHER}"),
        ((0, 1, True), 0, 0, 0, f"The dump is empty, but the instance counted 0 to 1 entries. {LATER}"),
        (
            (1000, 1000, True),
            2000,
            2000,
            1000,
            f"The dump has 2,000 entries, but the instance counted 1,000 entries. {LATER}",
        ),
        (
            (1000, 1000, True),
            500,
            500,
            0,
            f"The dump has 500 entries, but the instance counted 1,000 entries. {LATER}",
        ),
        ((1000, 1000, True), 999, 999, 0, f"The dump has 999 entries, but the instance counted 1,000 entries. {LATER}"),
        (
            (1000, 1005, True),
            1011,
            1011,
            0,
            f"The dump has 1,011 entries, but the instance counted 1,000 to 1,005 entries. {LATER}",
        ),
        (
            (1000, 1000, True),
            1000,
            1000,
            500,
            f"The dump repeats 500 of its 1,000 entries, but the instance counted 1,000 entries. {LATER}",
        ),
        (
            (1000, 1000, False),
            989,
            989,
            0,
            f"The dump has 989 entries, but the instance counted 1,000 entries. {MAKE_ANOTHER}",
        ),
        (
            (5000, 5000, False),
            5051,
            5051,
            0,
            f"The dump has 5,051 entries, but the instance counted 5,000 entries. {MAKE_ANOTHER}",
        ),
        ((0, 0, False), 11, 11, 0, f"The dump has 11 entries, but the instance counted 0 entries. {MAKE_ANOTHER}"),
        (
            (1000, 1000, True),
            1000,
            980,
            0,
            f"Only 980 of 1,000 lines of the dump (JSON lines) were recognised. {LATER}",
        ),
        (
            (None, None, False),
            1000,
            980,
            0,
            f"Only 980 of 1,000 lines of the dump (JSON lines) were recognised. {MAKE_ANOTHER}",
        ),
    ],
)
def test_a_dump_that_cannot_be_right_is_not_trusted(dump, lines: int, recognised: int, repeated: int, why: str) -> None:
    before, after, made_now = dump
    assert check(a_dump(before, after, made_now=made_now), found(lines, recognised), repeated=repeated) == why


def test_ninety_nine_percent_recognised_are_enough() -> None:
    assert check(a_dump(1000, 1000, made_now=True), found(1000, 990)) is None
