"""The operations on buckets, and where a request names its bucket."""

import pytest

from local_cloud.oss import OssService
from tests.local_cloud.oss.api import Api


def test_a_bucket_is_created_listed_and_deleted(api: Api) -> None:
    assert api.call("PUT", bucket="other").status == 200
    assert api.call("PUT", bucket="other").status == 200  # the owner's own
    assert api.call("GET", bucket="").texts("Buckets/Bucket/Name") == ["other", "shop"]
    assert api.call("GET", "", "prefix=o", bucket="").texts("Buckets/Bucket/Name") == ["other"]
    assert api.call("DELETE", bucket="other").status == 204
    assert api.call("GET", bucket="").texts("Buckets/Bucket/Name") == ["shop"]
    assert api.call("GET", bucket="other").code == "NoSuchBucket"


def test_buckets_are_listed_in_pages(service: OssService, api: Api) -> None:
    for name in ("one", "two", "zoo"):
        service.make_bucket(name, "cn-beijing")
    first = api.call("GET", "", "max-keys=3", bucket="")
    assert (first.texts("Buckets/Bucket/Name"), first.text("NextMarker")) == (["one", "shop", "two"], "two")
    assert api.call("GET", "", "marker=two", bucket="").texts("Buckets/Bucket/Region") == ["cn-beijing"]


@pytest.mark.parametrize("left", ["object", "version", "upload"])
def test_a_bucket_with_anything_in_it_stays(api: Api, left: str) -> None:
    if left == "upload":
        api.call("POST", "a.jpg", "uploads")
    else:
        api.put("a.jpg")
    if left == "version":
        api.enable_versioning()
        api.call("DELETE", "a.jpg")
    assert api.call("DELETE").code == "BucketNotEmpty"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"x-oss-acl": "private"}, b"", "OK"),
        ({"x-oss-acl": "public-read"}, b"", "InvalidArgument"),
        ({}, b"<CreateBucketConfiguration><StorageClass>Standard</StorageClass></CreateBucketConfiguration>", "OK"),
        (
            {},
            b"<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>",
            "NotImplemented",
        ),
    ],
)
def test_only_private_standard_buckets_are_created(api: Api, headers: dict, body: bytes, code: str) -> None:
    assert api.call("PUT", headers=headers, body=body, bucket="other").code == code
    assert ("other" in api.call("GET", bucket="").texts("Buckets/Bucket/Name")) is (code == "OK")


@pytest.mark.parametrize("name", ["a", "UPPER", "under_score", "-a-b", "x" * 64])
def test_a_bucket_name_has_rules(api: Api, name: str) -> None:
    assert api.call("PUT", bucket=name).code == "InvalidBucketName"


def test_a_bucket_says_where_it_is_and_what_it_holds(api: Api) -> None:
    api.put("a.jpg", b"12345")
    api.put("cold.jpg", b"123", x_oss_storage_class="ColdArchive")
    api.call("POST", "b.jpg", "uploads")
    assert api.call("GET", "", "location").body.endswith(b"<LocationConstraint>oss-cn-shanghai</LocationConstraint>")
    info = api.call("GET", "", "bucketInfo")
    assert info.text("Bucket/ExtranetEndpoint") == "oss-cn-shanghai.aliyuncs.com"
    assert info.text("Bucket/Versioning") is None
    stat = api.call("GET", "", "stat")
    counted = ("Storage", "ObjectCount", "MultipartUploadCount", "ColdArchiveObjectCount", "StandardStorage")
    assert [stat.text(name) for name in counted] == ["8", "2", "1", "1", "5"]


@pytest.mark.parametrize("signature", ["v1", "v4"])
@pytest.mark.parametrize(
    "host", ["shop.oss-cn-shanghai.aliyuncs.com", "shop.oss-cn-shanghai-internal.aliyuncs.com:443", "SHOP.localhost:1"]
)
def test_a_bucket_may_be_in_the_host(api: Api, host: str, signature: str) -> None:
    key = "shop/red shoes/a+b%41 鞋.jpg"
    assert api.call("PUT", key, body=b"bytes", host=host, signature=signature).status == 200
    assert api.get(key).body == b"bytes"
    assert api.call("GET", "", "prefix=shop", host=host, signature=signature).texts("Contents/Key") == [key]


def test_a_host_of_another_region_names_the_right_endpoint(api: Api) -> None:
    answer = api.call("GET", "a.jpg", host="shop.oss-cn-beijing.aliyuncs.com")
    assert (answer.code, answer.text("EC")) == ("AccessDenied", "0003-00001403")
    assert answer.text("Endpoint") == "oss-cn-shanghai.aliyuncs.com"


def test_the_vendors_hosts_refuse_a_bucket_in_the_path(api: Api) -> None:
    """The signature is that of the key "shop/a.jpg" without a bucket, as the path says."""
    answer = api.call("GET", "shop/a.jpg", bucket="", host="oss-cn-shanghai.aliyuncs.com")
    assert (answer.status, answer.code) == (403, "SecondLevelDomainForbidden")


@pytest.mark.parametrize("key", ["/a.jpg", "//a.jpg"])
def test_a_key_that_begins_with_a_slash_is_refused_in_either_style(api: Api, key: str) -> None:
    assert api.call("PUT", key, host="shop.localhost").code == "InvalidObjectName"
    assert api.call("PUT", key).code == "InvalidObjectName"
