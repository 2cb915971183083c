"""A bucket that does not answer leaves the object unknown. What cannot be read again may still be in the index."""

from typing import Self

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.operator.explain.conftest import World, check


def test_a_bucket_that_does_not_exist(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "url", lambda self, key: f"{self.scheme}://no-such-bucket/{key}")
    explained = world.explain("a.jpg", INGEST_BUCKET="")
    check(explained, "unknown: the bucket could not be read: ", 7, "unknown")
    assert explained.summary["error"]["reason"] == "bucket_missing"
    assert explained.document["object"]["found"] is None


def test_a_bucket_that_must_not_be_read(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key())
    on_alibaba.cloud.oss.denied.update({"oss:GetObject", "oss:ListObjects"})
    explained = on_alibaba.explain(key)
    check(explained, "unknown: the bucket could not be read: ", 7, "unknown")
    assert explained.summary["error"]["reason"] == "bucket_forbidden"


def test_an_object_that_must_not_be_read(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key())
    on_alibaba.cloud.oss.denied.add("oss:GetObject")
    explained = on_alibaba.explain(key)
    check(explained, "unknown: the bucket could not be read: ", 7, "unknown")
    assert explained.document["todo"].startswith("Grant ")


def test_a_bucket_that_fails(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key())
    for method in ("HEAD", "GET"):
        on_alibaba.cloud.oss.faults.add(
            {"method": method, "key": key, "kind": "error", "code": "InternalError", "status": 500, "times": None}
        )
    check(on_alibaba.explain(key), "unknown: the bucket could not be read: ", 5, "unknown")


def test_an_archived_object(world: World) -> None:
    key = world.key()
    if world.is_aws:
        world.cloud.s3.put_object(Bucket="pictures", Key=key, Body=b"bytes", StorageClass="GLACIER")
    else:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - only here

        request = oss.PutObjectRequest(bucket="pictures", key=key, body=b"bytes", storage_class="Archive")
        world.cloud.bucket_owner.client.put_object(request)
    explained = world.explain(key)
    check(explained, "rejected: object_archived: ", 3, "rejected")
    assert explained.document["object"]["storage_class"] == ("GLACIER" if world.is_aws else "Archive")
    world.index(key)
    explained = world.explain(key)
    check(explained, "in the index as it should be", 0, "in_index")
    assert any("The object is archived" in note for note in explained.document["notes"])


def test_a_link_to_an_excluded_key(on_alibaba: World) -> None:
    target, key = on_alibaba.upload(on_alibaba.key("private/x.jpg")), on_alibaba.key()
    on_alibaba.cloud.bucket_owner.link("pictures", key, target)
    explained = on_alibaba.explain(key, INGEST_EXCLUDE="private/")
    check(explained, f"excluded: it links to '{target}'", 0, "skipped")


def test_a_picture_that_crashes_its_process(on_aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = on_aws.upload(on_aws.key())
    monkeypatch.setattr("imagesearch_ops.explain.trial.ChildProcess", _Crashing)
    check(on_aws.explain(key), "rejected: worker_crash: it crashed", 3, "rejected")


class _Crashing:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def prepare(self, *_: object) -> None:
        raise IngestError(Reason.WORKER_CRASH, "it crashed")
