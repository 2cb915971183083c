"""``--since`` takes only objects that were written since a time."""

import os
from pathlib import Path

import pytest

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.since import Since, read_since
from tests.operator.key_sources.conftest import Open

NOON = 1795953600.0  # 2026-11-29T12:00:00Z


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-29", NOON - 12 * 3600),
        ("2026-11-29T12:00", NOON),
        ("2026-11-29 13:00:00+01:00", NOON),
        ("2d", NOON - 2 * 86_400),
        ("90m", NOON - 5400),
    ],
)
def test_times(text: str, seconds: float) -> None:
    assert read_since(text, "the listing", now=NOON).seconds == seconds


@pytest.mark.parametrize("text", ["", "yesterday", "29.11.2026", "-2d", "0d", "2026-13-01", "5000"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=rf"--since {text}: not a time\. Write it as 2026-11-29"):
        read_since(text, "the listing", now=NOON)


def test_an_object_of_this_very_time_is_taken() -> None:
    objects = [ListedObject(str(at), 1, "", "", at) for at in (NOON - 0.001, NOON, NOON + 1)]
    assert [one.last_modified for one in Since(NOON, "the listing").filter(objects)] == [NOON, NOON + 1]


def test_a_source_without_times_is_refused(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("pics/a.jpg\n")
    with pytest.raises(InputError, match=r"--since: .*keys does not say when pics/a\.jpg was written"):
        open_source(tmp_path / "keys", "2026-11-29")


def test_the_name_says_since_when(open_source: Open) -> None:
    source = open_source(None, "2026-11-29")
    assert (source.name, source.is_listing, source.is_complete) == ("listing since 2026-11-29T00:00:00Z", True, False)
    assert (open_source(None).name, open_source(None).is_complete) == ("listing", True)


def test_a_listing_leaves_older_objects_out(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "pics").mkdir()
    for name, at in (("old.jpg", NOON - 1), ("new.jpg", NOON)):
        (tmp_path / "pics" / name).touch()
        os.utime(tmp_path / "pics" / name, (at, at))
    source = open_source(None, "2026-11-29T12:00:00Z")
    assert [one.key for one in source.objects("", 0)] == ["pics/new.jpg"]
    assert list(source.objects("pics/new.jpg", 1)) == []
