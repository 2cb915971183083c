"""Lines about objects, letters and entries."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.audit.bucket_lines import BucketLine, read_rest, write_line
from imagesearch_ops.audit.dump_lines import reading_dump
from imagesearch_ops.audit.run_lines import FIELD, split_ids
from imagesearch_ops.audit.sorting import sorting
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.index.normalising import Normalised
from imagesearch_ops.key_judge import Refusal

KEYS = ["a/1.jpg", "a/\t\n\x00.jpg", "a/é\u202e.jpg", "a/\udc80.jpg", "\x0b", "a/1.jpg "]


def read(line: bytes) -> tuple[tuple[str, str], BucketLine]:
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    ids, _, rest = line.partition(FIELD)
    return split_ids(ids), read_rest(split_ids(ids)[1], rest)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("time", [None, 0.0, 1795991863.25])
def test_an_object_is_read_as_it_was_written(key: str, time: float | None) -> None:
    listed = ListedObject(key, 7, "etag-1", "STANDARD", time)
    assert read(write_line(listed, ImageIdentity("p", key))) == (("p", key), BucketLine(key, "etag-1", time, ""))
    assert read(write_line(listed, ImageIdentity("p", "n"))) == (("p", "n"), BucketLine(key, "etag-1", time, ""))


@pytest.mark.parametrize("key", KEYS)
def test_a_refused_key_has_no_ids_but_its_reason(key: str) -> None:
    line = write_line(ListedObject(key, 7, "", "", None), Refusal(Reason.EXCLUDED, "a\tpattern"))
    assert read(line) == (("", key), BucketLine(key, "", None, "excluded: a\tpattern"))


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.jsonl"
    entries = [{"product_id": "2", "pic_name": name, "category_id": 1, "attributes": {}} for name in ("b", "a\t\n")]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + "no entry\n" + '{"pic_name": "x"}\n')
    return path


def test_a_dump_is_read_in_a_process_of_its_own(dump: Path, tmp_path: Path) -> None:
    with sorting(tmp_path, 1) as sort, reading_dump(dump, Normalised(2, 3), sort) as reading:
        found = reading.wait()
        lines = list(sort.read())
    assert [split_ids(line.rstrip(b"\n").removesuffix(FIELD)) for line in lines] == [("2", "a\t\n"), ("2", "b")]
    assert (found.before, found.after, found.lines, found.recognised, found.form) == (2, 3, 4, 2, "JSON lines")


def test_a_dump_with_far_too_many_lines_is_left(tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    dump.write_text('{"product_id": "1", "pic_name": "a"}\n' * 1100)
    with sorting(tmp_path, 1) as sort, reading_dump(dump, Normalised(5, 5), sort) as reading:
        assert reading.wait().fault == "it has more than 1,010 lines"


def test_a_dump_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    why = r"the dump was not read to its end: .*No such file or directory: .*gone"
    with (
        sorting(tmp_path, 1) as sort,
        reading_dump(tmp_path / "gone", Normalised(5, 5), sort) as reading,
        pytest.raises(OSError, match=why),
    ):
        reading.wait()


def test_reading_a_dump_imports_no_sdk() -> None:
    program = "import sys, imagesearch_ops.audit.dump_lines; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    assert not {"botocore", "Tea", "alibabacloud_oss_v2", "PIL", "rich"} & set(done.stdout.split())
