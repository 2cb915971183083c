"""Clients of S3 against the local AWS: the index ends equal to the bucket, with versions and without."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from local_cloud.clouds.aws import AwsCloud
from tests.e2e.conftest import wait_until
from tests.local_cloud.clients.programs import CLIENTS, run_client
from tests.support.pictures import jpeg

KEYS = ["a.jpg", "b/c.jpg", "red +%41 shoe.jpg"]
Sync = Callable[[AwsCloud, Path], object]


class Cloud(AwsCloud):
    ADDS_A_SECOND = 1000


def run_aws(cloud: AwsCloud, folder: Path) -> None:
    program = CLIENTS / "bin/aws"
    arguments = ("s3", "sync", "--delete", "--no-progress", str(folder), f"s3://{cloud.bucket}/shoes")
    run_client(CLIENTS / ".installed", program, *arguments, environ=cloud.aws.environ())


def run_s3cmd(cloud: AwsCloud, folder: Path) -> None:
    host, keys = cloud.aws.url.removeprefix("http://"), cloud.aws.environ()
    program, options = CLIENTS / "bin/s3cmd", ["--no-ssl", f"--host={host}", f"--host-bucket={host}", "--no-progress"]
    options += [f"--access_key={keys['AWS_ACCESS_KEY_ID']}", f"--secret_key={keys['AWS_SECRET_ACCESS_KEY']}"]
    run_client(
        CLIENTS / ".installed",
        program,
        *options,
        "sync",
        "--delete-removed",
        f"{folder}/",
        f"s3://{cloud.bucket}/shoes/",
    )


def run_rclone(cloud: AwsCloud, folder: Path) -> None:
    program = shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not installed")  # it is no package of Python or Node
    keys = cloud.aws.environ()
    remote = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": cloud.aws.url,
        "ACCESS_KEY_ID": keys["AWS_ACCESS_KEY_ID"],
        "SECRET_ACCESS_KEY": keys["AWS_SECRET_ACCESS_KEY"],
        "REGION": keys["AWS_REGION"],
    }
    environ = {f"RCLONE_CONFIG_LOCAL_{name}": value for name, value in remote.items()}
    environ["HOME"] = str(folder.parent)
    run_client(Path(program), program, "sync", str(folder), f"local:{cloud.bucket}/shoes", environ=environ)


def run_boto3(cloud: AwsCloud, folder: Path) -> None:
    """Do what ``sync --delete`` does: upload what is new or changed, and delete what is gone."""
    wanted = {f"shoes/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*.jpg")}
    for one in list(cloud.objects()):
        if one.key not in wanted:
            cloud.s3.delete_objects(Bucket=cloud.bucket, Delete={"Objects": [{"Key": one.key}]})
        elif wanted[one.key].read_bytes() == one.data:
            del wanted[one.key]
    for key, path in wanted.items():
        cloud.upload(key, path.read_bytes())


def index(cloud: AwsCloud) -> dict[str, bytes]:
    return {entry.pic_name: entry.picture for entry in cloud.image_search.entries()}


def bucket(cloud: AwsCloud) -> dict[str, bytes]:
    return {one.key: one.data for one in cloud.objects()}


@pytest.mark.parametrize("versions", [False, True], ids=["plain", "versioned"])
@pytest.mark.parametrize(
    "sync",
    [
        run_boto3,
        pytest.param(run_aws, marks=pytest.mark.slow),
        pytest.param(run_s3cmd, marks=pytest.mark.slow),
        pytest.param(run_rclone, marks=pytest.mark.slow),
    ],
)
def test_sync_leaves_the_index_equal_to_the_bucket(tmp_path: Path, sync: Sync, *, versions: bool) -> None:
    for number, key in enumerate(KEYS):
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_bytes(jpeg(200 + number, 150))
    with Cloud() as cloud:
        if versions:
            cloud.s3.put_bucket_versioning(Bucket=cloud.bucket, VersioningConfiguration={"Status": "Enabled"})
        sync(cloud, tmp_path)
        first = {f"shoes/{key}": (tmp_path / key).read_bytes() for key in KEYS}
        assert bucket(cloud) == first
        wait_until(lambda: index(cloud) == first)
        (tmp_path / "a.jpg").write_bytes(jpeg(400, 300))
        os.utime(tmp_path / "a.jpg", (4_000_000_000, 4_000_000_000))  # newer than the object
        (tmp_path / "b/c.jpg").unlink()
        (tmp_path / "new.jpg").write_bytes(jpeg(300, 300))
        sync(cloud, tmp_path)
        left = {f"shoes/{key}": (tmp_path / key).read_bytes() for key in ("a.jpg", KEYS[2], "new.jpg")}
        assert bucket(cloud) == left
        wait_until(lambda: index(cloud) == left)


def test_a_delete_marker_and_its_removal_reach_the_index() -> None:
    with Cloud() as cloud:
        cloud.s3.put_bucket_versioning(Bucket=cloud.bucket, VersioningConfiguration={"Status": "Enabled"})
        first, second = jpeg(200, 150), jpeg(210, 150)
        cloud.upload("a.jpg", first)
        newer = cloud.s3.put_object(Bucket=cloud.bucket, Key="a.jpg", Body=second)["VersionId"]
        wait_until(lambda: index(cloud) == {"a.jpg": second})
        marker = cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg")["VersionId"]
        wait_until(lambda: index(cloud) == {})
        cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg", VersionId=marker)
        wait_until(lambda: index(cloud) == {"a.jpg": second})
        cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg", VersionId=newer)
        wait_until(lambda: index(cloud) == {"a.jpg": first})


def test_deletes_after_versioning_was_suspended_reach_the_index() -> None:
    def switch(status: str) -> None:
        cloud.s3.put_bucket_versioning(Bucket=cloud.bucket, VersioningConfiguration={"Status": status})

    with Cloud() as cloud:
        switch("Enabled")
        first, second = jpeg(200, 150), jpeg(210, 150)
        old = cloud.s3.put_object(Bucket=cloud.bucket, Key="a.jpg", Body=first)["VersionId"]
        cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg")
        newer = cloud.s3.put_object(Bucket=cloud.bucket, Key="a.jpg", Body=second)["VersionId"]
        cloud.upload("b.jpg", first)
        wait_until(lambda: index(cloud) == {"a.jpg": second, "b.jpg": first})
        switch("Suspended")
        for _ in range(2):
            hidden = cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg")
            assert (hidden["VersionId"], hidden["DeleteMarker"]) == ("null", True)
        wait_until(lambda: index(cloud) == bucket(cloud) == {"b.jpg": first})
        cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg", VersionId="null")
        wait_until(lambda: index(cloud) == bucket(cloud) == {"a.jpg": second, "b.jpg": first})
        cloud.s3.delete_object(Bucket=cloud.bucket, Key="a.jpg", VersionId=newer)
        versions = cloud.s3.list_object_versions(Bucket=cloud.bucket, Prefix="a.jpg")
        assert [one["VersionId"] for one in versions["Versions"]] == [old]
        assert len(versions["DeleteMarkers"]) == 1
        wait_until(lambda: index(cloud) == bucket(cloud) == {"b.jpg": first})
