"""The path from the bucket to the index with moto's S3 and SQS, the handler in its own processes, and the SDK over TLS.

``test_both_clouds.py`` tests the behaviour that both clouds share.
"""

import io
import json
from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops, ImageStat

from local_cloud.clouds.aws import AwsCloud
from tests.e2e.conftest import wait_until
from tests.support.pictures import encode, jpeg, scene

SETTINGS = {"INGEST_INSTANCE_TIMEOUT_SECONDS": "1"}


class IngestPath:
    """A local cloud and its function's log."""

    def __init__(self, **options: object) -> None:
        self.log: list[dict] = []
        self.cloud = AwsCloud(SETTINGS, on_log=lambda line: self.log.append(json.loads(line)), **options)

    def outcomes(self, key: str) -> list[dict]:
        return [line for line in self.log if line.get("message") == "object" and line.get("key") == key]

    def ingest(self, key: str, data: bytes) -> dict:
        """Upload the object and return its last outcome."""
        self.cloud.upload(key, data)
        wait_until(lambda: self.outcomes(key))
        return self.outcomes(key)[-1]

    def entry(self, key: str) -> Image.Image | None:
        found = [entry for entry in self.cloud.image_search.entries() if entry.pic_name == key]
        return Image.open(io.BytesIO(found[0].picture)) if found else None


@pytest.fixture(scope="module")
def path() -> Iterator[IngestPath]:
    path = IngestPath()
    with path.cloud:
        yield path


def test_all_orientations_look_the_same_in_the_index(path: IngestPath) -> None:
    upright = scene(400, 260)
    undo = [None, None, 0, 3, 1, 5, 2, 6, 4]  # the Image.Transpose that each tag undoes (EXIF 2.3, 4.6.4)
    tolerance = 2.0  # mean difference per channel, of 255, after two JPEG encodings
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


def test_metrics_are_logged_in_embedded_format(path: IngestPath) -> None:
    path.ingest("metrics.jpg", jpeg())
    wait_until(lambda: any("_aws" in line for line in path.log))
    metrics = next(line for line in path.log if "_aws" in line)
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "ImageSearchIngest"
