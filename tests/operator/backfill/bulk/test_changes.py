"""What changed in the source during an import."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.bulk.changes import Changes
from imagesearch_ops.backfill.bulk.recommending import advice
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge

START = 1_000.7


def make_settings(**changed: str) -> Settings:
    return Settings.from_env(
        {
            "INGEST_INSTANCE_NAME": "demo",
            "INGEST_INSTANCE_REGION": "cn-shanghai",
            "INGEST_DEAD_LETTER_QUEUE_URL": "https://1.mns.cn-shanghai.aliyuncs.com/queues/letters",
        }
        | changed
    )


class Listed:
    """A bucket that holds these objects."""

    def __init__(self, objects: Sequence[ListedObject]) -> None:
        self._objects = sorted(objects, key=lambda one: one.key.encode())

    def pages(self, prefix: str, after: str) -> Iterator[Sequence[ListedObject]]:
        found = [one for one in self._objects if one.key.startswith(prefix) and one.key.encode() > after.encode()]
        yield found[:2]
        yield found[2:]


def find(tmp_path: Path, staged: dict[str, str], now: dict[str, tuple[str, float]], until: str = "") -> list[str]:
    lines = (json.dumps({"key": key, "etag": staged[key]}) + "\n" for key in sorted(staged, key=str.encode))
    (tmp_path / "staged").write_text("".join(lines))
    objects = [ListedObject(key, 5, etag, "Standard", modified) for key, (etag, modified) in now.items()]
    url = BucketUrl("alibaba", "pictures", "")
    place = Place(Listed(objects), "oss://pictures", "", url)  # type: ignore[arg-type]  # it is only listed
    judge = KeyJudge(make_settings(INGEST_EXCLUDE="*.gif"))
    return [*Changes(place, tmp_path / "staged", judge, START, until).keys()]


def test_new_replaced_and_removed_pictures_are_found(tmp_path: Path) -> None:
    staged = {"a.jpg": "1", "b.jpg": "2", "c.jpg": "3", "\U0001f45f.jpg": "4", "\uff21.jpg": "5"}
    now = {
        "a.jpg": ("1", 10.0),  # as it was
        "b.jpg": ("other", 10.0),  # read before it was replaced by a copy that keeps its time
        "c.jpg": ("3", 1_000.0),  # the time of OSS has whole seconds
        "\U0001f45f.jpg": ("4", 10.0),
        "new.jpg": ("9", 2_000.0),
        "new.gif": ("9", 2_000.0),  # excluded
        "rejected.jpg": ("8", 10.0),  # not staged, and not new
    }
    assert find(tmp_path, staged, now) == ["b.jpg", "c.jpg", "new.jpg", "\uff21.jpg"]


def test_a_limited_run_looks_no_further(tmp_path: Path) -> None:
    now = {"a.jpg": ("1", 10.0), "z.jpg": ("9", 2_000.0)}
    assert find(tmp_path, {"a.jpg": "1"}, now, until="b.jpg") == []
    assert find(tmp_path, {"a.jpg": "1"}, {}, until="b.jpg") == ["a.jpg"]


def place_of(cloud: str) -> Place:
    return Place(Listed([]), "", "", BucketUrl(cloud, "pictures", ""))  # type: ignore[arg-type]  # as above


def test_bulk_import_is_recommended_beyond_a_million_pictures_on_oss() -> None:
    text = advice(place_of("alibaba"), make_settings(), 3_600_000)
    assert text is not None
    assert text.startswith("3,600,000 pictures take 200 h at 5 adds/s.")
    assert "--engine bulk --staging oss://BUCKET, with an empty bucket in cn-shanghai." in text


@pytest.mark.parametrize(
    ("cloud", "eligible", "changed"),
    [
        ("alibaba", 1_000_000, {}),
        ("aws", 2_000_000, {}),
        ("alibaba", 2_000_000, {"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}),
    ],
)
def test_it_is_not_recommended_where_it_is_impossible_or_not_worth_it(
    cloud: str, eligible: int, changed: dict[str, str]
) -> None:
    assert advice(place_of(cloud), make_settings(**changed), eligible) is None
