"""Inventories are read where they are, on the local S3 and the local OSS, through the real SDKs."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.opening import open_bucket
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory import cloud as cloud_inventory
from imagesearch_ops.key_sources.inventory.source import Inventory
from imagesearch_ops.key_sources.opening import open_keys
from imagesearch_ops.key_sources.port import KeySource
from local_cloud.aws import AwsServer
from local_cloud.oss import OssService
from tests.operator.key_sources.inventories import (
    CREATED,
    csv_of,
    oss_manifest,
    oss_row,
    pack,
    s3_manifest,
    s3_row,
)

SCHEMA = "Bucket, Key, Size, ETag"
MANIFEST, DATA = "inv/2026-11-29T07-00Z/manifest.json", "inv/data/4f0c.csv.gz"
KEYS = ["pics/plus+and%41 blank.jpg", "pics/new\nline.jpg", "elsewhere.jpg"]


class Cloud(NamedTuple):
    """A bucket with lists, on a local cloud."""

    scheme: str
    lists: str
    put: Callable[[str, bytes], object]
    environ: Mapping[str, str]
    manifest: Callable[..., dict[str, Any]]
    row: Callable[[str], Mapping[str, str]]

    def publish(self, *keys: str, count: int = 1, **more: Any) -> str:
        """Write an inventory of the bucket ``shop``, and return the manifest's URL."""
        data = pack(csv_of(SCHEMA.split(", "), list(map(self.row, keys))))
        contents = {f"{DATA}{number or ''}": data for number in range(count)}
        for key, one in contents.items():
            self.put(key, one)
        target = self.lists if self.scheme == "oss" else f"arn:aws:s3:::{self.lists}"
        self.put(MANIFEST, json.dumps(self.manifest(contents, SCHEMA, destinationBucket=target, **more)).encode())
        return f"{self.scheme}://{self.lists}/{MANIFEST}"

    def open(self, keys_from: str) -> KeySource:
        deployment = find_deployment(self.environ)
        place = open_bucket(f"{self.scheme}://shop/pics/", deployment)
        return open_keys(keys_from, None, place, deployment)


@pytest.fixture(scope="module")
def oss() -> Iterator[OssService]:
    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret") as service:
        yield service


@pytest.fixture
def on_s3(aws: AwsServer, unique_name: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    for name, value in aws.environ().items():
        monkeypatch.setenv(name, value)
    client = aws.client("s3")
    client.create_bucket(Bucket=unique_name)

    def put(key: str, data: bytes) -> None:
        client.put_object(Bucket=unique_name, Key=key, Body=data)

    return Cloud("s3", unique_name, put, aws.environ(), s3_manifest, s3_row)


@pytest.fixture
def on_oss(oss: OssService, unique_name: str) -> Cloud:
    oss.make_bucket(unique_name)
    uploader = oss.uploader()
    environ = {
        "FC_REGION": "cn-shanghai",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "INGEST_BUCKET_ENDPOINT": oss.url,
        "INGEST_CA_BUNDLE": str(oss.ca_path),
    }

    def put(key: str, data: bytes) -> None:
        uploader.put(unique_name, key, data)

    return Cloud("oss", unique_name, put, environ, oss_manifest, oss_row)


@pytest.fixture(params=["on_s3", "on_oss"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("block", [7, 8_388_608])
def test_an_inventory_is_read_from_its_bucket(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(cloud_inventory, "_BLOCK", block)
    url = cloud.publish(*KEYS, count=2)
    source = cloud.open(url)
    assert [one.key for one in source.objects("", 0)] == [*KEYS[:2], *KEYS[:2]]
    assert (source.name, source.is_listing, source.is_complete, source.listed_at) == (url, False, True, CREATED)
    assert [one.key for one in source.objects(KEYS[0], 3)] == [KEYS[1]]


def test_a_missing_manifest_is_named(cloud: Cloud) -> None:
    url = f"{cloud.scheme}://{cloud.lists}/no/manifest.json"
    with pytest.raises(InputError, match=f"{url}: there is no such object"):
        cloud.open(url)


def test_a_bucket_that_does_not_exist_says_so(cloud: Cloud) -> None:
    with pytest.raises(IngestError) as error:
        cloud.open(f"{cloud.scheme}://{cloud.lists}-no/manifest.json")
    assert error.value.reason is Reason.BUCKET_MISSING


def test_another_object_is_no_inventory(cloud: Cloud) -> None:
    with pytest.raises(InputError, match=r"of a bucket, only the manifest\.json of an inventory is read"):
        cloud.open(f"{cloud.scheme}://{cloud.lists}/{DATA}")


def test_a_missing_data_file_is_named(cloud: Cloud) -> None:
    url = cloud.publish("pics/a", files=[{"key": "inv/gone", "size": 5, "MD5checksum": "0" * 32}])
    with pytest.raises(InputError, match=f"the data file {cloud.scheme}://{cloud.lists}/inv/gone is missing"):
        cloud.open(url)


def test_a_data_file_of_another_size_is_refused(cloud: Cloud) -> None:
    url = cloud.publish("pics/a")
    cloud.put(DATA, b"12345")
    with pytest.raises(InputError, match=rf"{DATA} has 5 bytes instead of \d+"):
        cloud.open(url)


def test_a_data_file_with_another_md5_is_refused(cloud: Cloud) -> None:
    cloud.publish("pics/b")
    other = pack(csv_of(SCHEMA.split(", "), [cloud.row("pics/b")]))
    url = cloud.publish("pics/a")
    cloud.put(DATA, other)
    with pytest.raises(InputError, match=f"the MD5 of {DATA} is wrong"):
        list(cloud.open(url).objects("", 0))


def test_the_inventory_of_another_bucket_is_refused(cloud: Cloud) -> None:
    url = cloud.publish("pics/a", sourceBucket="other")
    with pytest.raises(InputError, match=rf"the inventory is of {cloud.scheme}://other/, not of {cloud.scheme}://shop"):
        cloud.open(url)


def test_a_block_that_broke_off_is_asked_for_again(cloud: Cloud) -> None:
    source = cloud.open(cloud.publish("pics/a"))
    assert isinstance(source, Inventory)
    rows = source.rows
    assert isinstance(rows, cloud_inventory.InventoryObjects)
    sent = []

    def break_once(ref: ObjectRef, start: int, stop: int) -> bytes:
        data = rows.reader(ref, start, stop)
        sent.append(data if sent else data[:-1])
        return sent[-1]

    assert [one.key for one in replace(rows, reader=break_once).objects("")] == ["pics/a"]
    assert len(sent) == 2
