"""A staging bucket whose description rules it out. The local OSS has only private buckets of its own region."""

from types import SimpleNamespace

import alibabacloud_oss_v2 as oss
import pytest

from imagesearch_ops.backfill.bulk.staging import StagingBucket
from imagesearch_ops.errors import InputError


class Described:
    """A client of an empty bucket with this description. It answers nothing else than what a check may ask."""

    def __init__(self, **described: str) -> None:
        fields = {"location": "oss-cn-shanghai", "acl": "private", "storage_class": "Standard"}
        self._info = oss.BucketInfo(**fields | described)

    def get_bucket_info(self, _: oss.GetBucketInfoRequest) -> SimpleNamespace:
        return SimpleNamespace(bucket_info=self._info)

    def list_objects_v2(self, _: oss.ListObjectsV2Request) -> SimpleNamespace:
        return SimpleNamespace(contents=None)

    def get_object(self, _: oss.GetObjectRequest) -> None:
        rest = dict.fromkeys(("request_id", "message", "ec", "timestamp", "request_target"), "")
        raise oss.exceptions.ServiceError(status_code=404, code="NoSuchKey", **rest)


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"location": "oss-cn-beijing"}, "oss://b is in oss-cn-beijing, and the instance in cn-shanghai."),
        ({"acl": "public-read"}, "oss://b is public-read: everybody could read the pictures. Make the bucket private."),
        ({"storage_class": "ColdArchive"}, "oss://b has the storage class ColdArchive, which cannot be read."),
    ],
)
def test_a_description_rules_a_bucket_out(described: dict[str, str], why: str) -> None:
    bucket = StagingBucket(Described(**described), "b", "cn-shanghai")  # type: ignore[arg-type]  # it stands for one
    with pytest.raises(InputError, match=why):
        bucket.check("run")


def test_an_empty_private_bucket_is_taken() -> None:
    assert StagingBucket(Described(), "b", "cn-shanghai").check("run") is False  # type: ignore[arg-type]  # as above
