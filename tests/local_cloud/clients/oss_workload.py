"""A local Alibaba Cloud on which a client of OSS works, and what its index then has to hold.

Every client does the same, on keys of the folder "shoes". The files that it uploads are pictures of different sizes.

    without versions    put, overwrite, put in chunks, put in parts, copy, append, delete, delete several
    with versions       the same; each delete names the version, since OSS announces no other (see oss/deleting.py);
                        "back.jpg" is overwritten, and its second version deleted; "marked.jpg" is deleted without a
                        version, and its delete marker is deleted with its own
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.e2e.conftest import wait_until
from tests.support.pictures import jpeg

ALWAYS_LEFT = {
    "put.jpg": "first",
    "over.jpg": "second",
    "chunks.jpg": "second",
    "parts.jpg": "large",
    "copy.jpg": "first",
    "append.jpg": "second",
    "red +%41 鞋.jpg": "second",
}
LEFT_WITH_VERSIONS = ALWAYS_LEFT | {"back.jpg": "first", "marked.jpg": "second"}
PART_BYTES = 100 * 1024


class Cloud(AlibabaCloud):
    ADDS_A_SECOND = 1000


@dataclass(frozen=True)
class Workload:
    """The order to a client, as the scripts read it in JSON."""

    cloud: AlibabaCloud
    folder: Path
    signature: str
    versions: bool

    def describe(self) -> str:
        return json.dumps(
            {
                "endpoint": self.cloud.oss.url,
                "region": self.cloud.REGION,
                "bucket": self.cloud.bucket,
                "id": ACCESS_KEY_ID,
                "secret": ACCESS_KEY_SECRET,
                "token": self.cloud.SECURITY_TOKEN,
                "ca": str(self.cloud.oss.ca_path),
                "folder": str(self.folder),
                "signature": self.signature,
                "versions": self.versions,
                "part_bytes": PART_BYTES,
            }
        )


def write_pictures(folder: Path) -> dict[str, bytes]:
    """Write the pictures that are uploaded. The large one has several parts."""
    noise = np.random.default_rng(1).integers(0, 256, (400, 500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "large", "JPEG", quality=95)
    (folder / "first").write_bytes(jpeg(300, 200))
    (folder / "second").write_bytes(jpeg(320, 240))
    pictures = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert 2 * PART_BYTES < len(pictures["large"]) < 4_000_000
    return pictures


def check_workload(folder: Path, signature: str, run: Callable[[Workload], object], *, versions: bool) -> None:
    """Let a client work, and compare bucket and index with what it must have left."""
    pictures = write_pictures(folder)
    left = LEFT_WITH_VERSIONS if versions else ALWAYS_LEFT
    with Cloud() as cloud:
        run(Workload(cloud, folder, signature, versions))
        bucket = {one.key: one.data for one in cloud.oss.objects(cloud.bucket)}
        assert bucket == {f"shoes/{name}": pictures[picture] for name, picture in left.items()}
        wait_until(lambda: index(cloud) == bucket)
        wait_until(lambda: not cloud.smq.messages("ingest"))
        assert index(cloud) == bucket


def index(cloud: AlibabaCloud) -> dict[str, bytes]:
    """Return the pictures of the product by their names, which are the keys."""
    return {entry.pic_name: entry.picture for entry in cloud.image_search.entries() if entry.product_id == "shoes"}
