"""Python's two SDKs of OSS against the local Alibaba Cloud: the index ends equal to the bucket."""

import io
from collections.abc import Iterator
from pathlib import Path

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer import SignerV1, SignerV4

from tests.local_cloud.clients.oss_workload import PART_BYTES, Workload, check_workload
from tests.local_cloud.clients.programs import CLIENTS, run_client

SCRIPT = Path(__file__).with_name("oss2_workload.py")


@pytest.mark.parametrize(("signature", "versions"), [("v1", True), ("v4", False)])
def test_the_newer_sdk_leaves_the_index_equal_to_the_bucket(tmp_path: Path, signature: str, *, versions: bool) -> None:
    check_workload(tmp_path, signature, run_newer_sdk, versions=versions)


@pytest.mark.slow
@pytest.mark.parametrize("signature", ["v1", "v4"])
@pytest.mark.parametrize("versions", [False, True])
def test_oss2_leaves_the_index_equal_to_the_bucket(tmp_path: Path, signature: str, *, versions: bool) -> None:
    check_workload(tmp_path, signature, run_oss2, versions=versions)


def run_oss2(work: Workload) -> None:
    # oss2 keeps how far an upload came in the home folder.
    home = {"HOME": str(work.folder)}
    run_client(CLIENTS / ".installed", CLIENTS / "bin/python", SCRIPT, work.describe(), environ=home)


def run_newer_sdk(work: Workload) -> None:
    client = make_client(work)
    pictures = {path.name: path.read_bytes() for path in work.folder.iterdir()}
    first, second = pictures["first"], pictures["second"]
    bucket = work.cloud.bucket
    if work.versions:
        work.cloud.bucket_owner.enable_versioning(bucket)

    def put(name: str, body: object) -> str | None:
        return client.put_object(oss.PutObjectRequest(bucket=bucket, key=f"shoes/{name}", body=body)).version_id

    def append(position: int, body: bytes) -> int:
        request = oss.AppendObjectRequest(bucket=bucket, key="shoes/append.jpg", position=position, body=body)
        return client.append_object(request).next_position

    def delete(name: str, version_id: str | None = None) -> str | None:
        request = oss.DeleteObjectRequest(bucket=bucket, key=f"shoes/{name}", version_id=version_id)
        return client.delete_object(request).version_id

    put("put.jpg", first)
    put("over.jpg", first)
    put("over.jpg", io.BytesIO(second))
    put("chunks.jpg", in_chunks(second))
    put("red +%41 鞋.jpg", second)
    parts = oss.PutObjectRequest(bucket=bucket, key="shoes/parts.jpg")
    client.uploader(part_size=PART_BYTES).upload_file(parts, str(work.folder / "large"))
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="shoes/copy.jpg", source_key="shoes/put.jpg"))
    append(append(0, second[:500]), second[500:])
    gone = {name: put(name, first) for name in ("1.jpg", "2.jpg", "3.jpg")}
    delete("1.jpg", gone["1.jpg"])
    objects = [oss.DeleteObject(key=f"shoes/{name}", version_id=gone[name]) for name in ("2.jpg", "3.jpg")]
    client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects))
    if work.versions:
        put("back.jpg", first)
        delete("back.jpg", put("back.jpg", second))
        put("marked.jpg", second)
        delete("marked.jpg", delete("marked.jpg"))


def in_chunks(data: bytes) -> Iterator[bytes]:
    yield data[:500]
    yield data[500:]


def make_client(work: Workload) -> oss.Client:
    """Return the client that trusts the local authority, with the signature that is wanted."""
    client = work.cloud.oss.uploader().client
    client._client._options.signer = SignerV1() if work.signature == "v1" else SignerV4()  # noqa: SLF001 - as its configuration would
    return client
