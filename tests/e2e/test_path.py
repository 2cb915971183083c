"""From the bucket to the index, everything real but the cloud: moto's S3 and SQS, the handler in processes of its own,
the SDK over TLS.
"""

import io
import json
import signal
from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops, ImageStat

from local_cloud import LocalCloud
from tests.e2e.conftest import wait_until
from tests.pictures import encode, jpeg, scene

SETTINGS = {"INGEST_READ_TIMEOUT_SECONDS": "1"}


class Path:
    """A local cloud and what its function said."""

    def __init__(self, **options: object) -> None:
        self.log: list[dict] = []
        self.cloud = LocalCloud(SETTINGS, on_log=lambda line: self.log.append(json.loads(line)), **options)

    def outcomes(self, key: str) -> list[dict]:
        return [line for line in self.log if line.get("message") == "object" and line.get("key") == key]

    def ingest(self, key: str, data: bytes) -> dict:
        """Uploads, and returns the last outcome."""
        self.cloud.upload(key, data)
        wait_until(lambda: self.outcomes(key))
        return self.outcomes(key)[-1]

    def entry(self, key: str) -> Image.Image | None:
        found = [entry for entry in self.cloud.image_search.entries() if entry.pic_name == key]
        return Image.open(io.BytesIO(found[0].picture)) if found else None


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    path = Path(visibility_seconds=5)
    with path.cloud:
        yield path


@pytest.mark.parametrize("key", ["shoes/1/a.jpg", "red shoes/a+b.jpg", "100%25 %41.jpg", "鞋/👟.jpg", "cafe\u0301.jpg"])
def test_an_upload_is_in_the_index_under_its_ids(path: Path, key: str) -> None:
    outcome = path.ingest(key, jpeg())
    assert outcome["outcome"] == "added"
    assert outcome["pic_name"] == key
    assert path.entry(key).size == (320, 200)


def test_a_removal_leaves_the_index(path: Path) -> None:
    path.ingest("removed.jpg", jpeg())
    path.cloud.s3.delete_object(Bucket=path.cloud.bucket, Key="removed.jpg")
    wait_until(lambda: path.entry("removed.jpg") is None)


def test_an_overwrite_is_in_the_index(path: Path) -> None:
    path.ingest("again.jpg", jpeg(320, 200))
    path.cloud.upload("again.jpg", jpeg(200, 320))
    wait_until(lambda: path.entry("again.jpg").size == (200, 320))


@pytest.mark.parametrize(
    "fault",
    [
        {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403},
        {"leg": "add", "kind": "error", "code": "UnknownException", "status": 500},
        {"leg": "add", "kind": "stall", "seconds": 5},
        {"leg": "add", "kind": "reset"},
        {"leg": "add", "kind": "html"},
        {"leg": "add", "kind": "empty"},
        {"leg": "add", "kind": "unsuccessful"},
        {"leg": "add", "kind": "lost_answer"},
        {"leg": "upload", "kind": "reset"},
        {"leg": "authorize", "kind": "html"},
    ],
    ids=lambda fault: f"{fault['leg']} {fault['kind']} {fault.get('code', '')}",
)
def test_a_fault_that_happens_once_costs_a_retry_and_nothing_else(path: Path, fault: dict) -> None:
    key = f"fault-{fault['leg']}-{fault['kind']}-{fault.get('code')}.jpg"
    path.cloud.image_search.faults.add(fault | {"times": 1})
    outcome = path.ingest(key, jpeg())
    assert outcome["outcome"] == "added"
    assert outcome["retries"] == 1
    assert path.entry(key) is not None
    assert not path.cloud.dead_letters()


def test_the_orientations_of_a_scene_look_the_same_in_the_index(path: Path) -> None:
    upright = scene(400, 260)
    undo = [None, None, 0, 3, 1, 5, 2, 6, 4]  # the Image.Transpose whose pixels the tag turns back (EXIF 2.3, 4.6.4)
    tolerance = 2.0  # mean difference of a channel, of 255: two JPEG encodings
    for orientation in range(9):
        image = upright if undo[orientation] is None else upright.transpose(undo[orientation])
        exif = Image.Exif()
        if orientation:
            exif[0x0112] = orientation
        key = f"orientation-{orientation}.jpg"
        assert path.ingest(key, encode(image, quality=95, exif=exif))["outcome"] == "added"
        received = path.entry(key)
        assert received.size == upright.size
        assert not received.getexif()
        difference = ImageStat.Stat(ImageChops.difference(received.convert("RGB"), upright))
        assert max(difference.mean) < tolerance, f"orientation {orientation}"


def test_a_worker_that_is_killed_half_way_loses_nothing(path: Path) -> None:
    path.cloud.image_search.faults.set_latency("add", 0.6)
    try:
        path.cloud.upload("killed.jpg", jpeg())
        wait_until(lambda: any(call.leg == "upload" for call in path.cloud.image_search.calls[-1:]))
        for worker in path.cloud.function.processes():
            worker.send_signal(signal.SIGKILL)
    finally:
        path.cloud.image_search.faults.set_latency("add", 0)
    wait_until(lambda: path.outcomes("killed.jpg"))
    assert path.outcomes("killed.jpg")[-1]["receive_count"] == 2
    assert path.entry("killed.jpg") is not None
    assert not path.cloud.dead_letters()


def test_a_rejected_picture_is_a_dead_letter_that_can_be_read(path: Path) -> None:
    outcome = path.ingest("bad/text.jpg", b"not a picture at all")
    assert (outcome["outcome"], outcome["reason"]) == ("rejected", "not_an_image")
    (letter,) = path.cloud.dead_letters()
    assert letter["code"] == "not_an_image"
    assert letter["source"]["key"] == "bad/text.jpg"
    assert letter["index_holds"] == "previous"
    assert "bad/text.jpg" in letter["original_event"]


def test_metrics_are_in_the_log_in_embedded_format(path: Path) -> None:
    path.ingest("metrics.jpg", jpeg())
    wait_until(lambda: any("_aws" in line for line in path.log))
    metrics = next(line for line in path.log if "_aws" in line)
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "ImageSearchIngest"
