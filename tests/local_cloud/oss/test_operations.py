"""The operations, the events and the faults of the local OSS, through the real SDK."""

from typing import Any

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.exceptions import OperationError, ServiceError

from local_cloud.oss import OssService
from local_cloud.oss.uploader import Uploader


def refusal(call) -> ServiceError:
    with pytest.raises(OperationError) as error:
        call()
    return error.value.unwrap()


def get(uploader: Uploader, key: str) -> oss.GetObjectResult:
    return uploader.client.get_object(oss.GetObjectRequest(bucket="shop", key=key))


def head(uploader: Uploader, key: str) -> oss.HeadObjectResult:
    return uploader.client.head_object(oss.HeadObjectRequest(bucket="shop", key=key))


def test_the_etag_is_a_quoted_upper_case_md5(uploader: Uploader) -> None:
    uploader.put("shop", "a.jpg", b"bytes")
    with get(uploader, "a.jpg").body as body:
        assert body.read() == b"bytes"
    assert head(uploader, "a.jpg").etag == '"4B3A6218BB3E3A7303E8A171A60FCF92"'


def test_the_checksum_is_crc64_ecma(uploader: Uploader) -> None:
    """The SDK compares it after each upload. The expected value is the example in ECMA-182."""
    uploader.put("shop", "a.jpg", b"123456789")
    assert head(uploader, "a.jpg").hash_crc64 == str(0x995DC9BBDF1939FA)


@pytest.mark.parametrize("call", [get, head])
def test_a_missing_object_is_reported_to_get_and_head(uploader: Uploader, call) -> None:
    error = refusal(lambda: call(uploader, "a.jpg"))
    assert (error.status_code, error.code, error.ec) == (404, "NoSuchKey", "0026-00000001")


@pytest.mark.parametrize("key", ["/a.jpg", "\\a.jpg", "x" * 1024])
def test_an_invalid_object_name_is_refused(service: OssService, uploader: Uploader, key: str) -> None:
    assert refusal(lambda: uploader.put("shop", key, b"bytes")).code == "InvalidObjectName"
    assert not service.objects("shop")


def test_a_bucket_in_another_region_names_its_endpoint(service: OssService, uploader: Uploader) -> None:
    service.make_bucket("other", "cn-beijing")
    error = refusal(lambda: uploader.put("other", "a.jpg", b"bytes"))
    assert (error.code, error.ec) == ("AccessDenied", "0003-00001403")
    assert error.error_fileds["Endpoint"] == "oss-cn-beijing.aliyuncs.com"


def test_a_listing_is_paged_in_byte_order(uploader: Uploader) -> None:
    keys = ["B.jpg", "a b.jpg", "a&b.jpg", "a/1.jpg", "a/2.jpg", "z.jpg", "鞋.jpg", "👟.jpg"]
    for key in reversed(keys):
        uploader.put("shop", key, b"bytes")
    pages = list(
        uploader.client.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket="shop", max_keys=3))
    )
    listed = [one.key for page in pages for one in page.contents or []]
    assert [len(page.contents) for page in pages] == [3, 3, 2]
    assert listed == sorted(keys, key=str.encode)
    assert [one.etag for one in pages[0].contents] == ['"4B3A6218BB3E3A7303E8A171A60FCF92"'] * 3


def test_a_listing_is_limited_to_a_prefix(uploader: Uploader) -> None:
    for key in ("a.jpg", "red shoes/1.jpg", "red shoes/2.jpg"):
        uploader.put("shop", key, b"bytes")
    request = oss.ListObjectsV2Request(bucket="shop", prefix="red shoes/", start_after="red shoes/1.jpg")
    assert [one.key for one in uploader.client.list_objects_v2(request).contents] == ["red shoes/2.jpg"]


def test_a_copy_keeps_bytes_and_metadata(service: OssService, uploader: Uploader) -> None:
    uploader.put("shop", "a+b c.jpg", b"bytes", {"colour": "red"})
    uploader.copy("shop", "copy.jpg", "a+b c.jpg")
    (_, copy) = service.objects("shop")
    assert (copy.data, copy.metadata) == (b"bytes", {"colour": "red"})


def test_a_link_names_its_target(uploader: Uploader) -> None:
    uploader.put("shop", "a b.jpg", b"bytes")
    uploader.link("shop", "link.jpg", "a b.jpg")
    link = uploader.client.get_symlink(oss.GetSymlinkRequest(bucket="shop", key="link.jpg"))
    assert link.target == "a%20b.jpg"
    assert get(uploader, "link.jpg").object_type == "Symlink"
    request = oss.GetSymlinkRequest(bucket="shop", key="a b.jpg")
    assert refusal(lambda: uploader.client.get_symlink(request)).code == "NotSymlink"


def test_a_delete_marker_is_marked_in_a_header(service: OssService, uploader: Uploader) -> None:
    uploader.enable_versioning("shop")
    uploader.put("shop", "a.jpg", b"bytes")
    uploader.remove("shop", "a.jpg")
    error = refusal(lambda: get(uploader, "a.jpg"))
    assert (error.code, error.headers["x-oss-delete-marker"]) == ("NoSuchKey", "true")
    assert not service.objects("shop")


@pytest.mark.parametrize(
    ("right", "call"),
    [
        ("oss:GetObject", lambda uploader: get(uploader, "a.jpg")),
        ("oss:PutObject", lambda uploader: uploader.put("shop", "a.jpg", b"x")),
        ("oss:DeleteObject", lambda uploader: uploader.remove("shop", "a.jpg")),
        ("oss:ListObjects", lambda uploader: uploader.client.list_objects_v2(oss.ListObjectsV2Request(bucket="shop"))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_denied_right_is_required(service: OssService, uploader: Uploader, right: str, call) -> None:
    uploader.put("shop", "a.jpg", b"bytes")
    service.denied.add(right)
    assert refusal(lambda: call(uploader)).code == "AccessDenied"
    service.denied.clear()
    call(uploader)


def test_each_change_causes_its_event(uploader: Uploader, events: list[dict[str, Any]]) -> None:
    uploader.put("shop", "red shoes/a+b.jpg", b"bytes")
    uploader.put("shop", "red shoes/a+b.jpg", b"more bytes")
    uploader.copy("shop", "copy.jpg", "red shoes/a+b.jpg")
    uploader.link("shop", "link.jpg", "copy.jpg")
    uploader.remove("shop", "link.jpg")
    uploader.remove_all("shop", ["copy.jpg", "red shoes/a+b.jpg", "missing.jpg"])
    assert [(event["eventName"], event["oss"]["object"]["key"]) for event in events] == [
        ("ObjectCreated:PutObject", "red shoes/a+b.jpg"),
        ("ObjectCreated:PutObject", "red shoes/a+b.jpg"),
        ("ObjectCreated:CopyObject", "copy.jpg"),
        ("ObjectCreated:PutSymlink", "link.jpg"),
        ("ObjectRemoved:DeleteObject", "link.jpg"),
        ("ObjectRemoved:DeleteObjects", "copy.jpg"),
        ("ObjectRemoved:DeleteObjects", "red shoes/a+b.jpg"),
    ]
    first, second = (event["oss"] for event in events[:2])
    assert first["bucket"]["name"] == "shop"
    assert first["object"]["eTag"] == "4B3A6218BB3E3A7303E8A171A60FCF92"
    assert (second["object"]["size"], second["object"]["deltaSize"]) == (10, 5)
    assert {(event["region"], event["eventSource"]) for event in events} == {("cn-shanghai", "acs:oss")}


def test_refused_requests_and_reads_cause_no_event(service, uploader: Uploader, events: list[dict[str, Any]]) -> None:
    service.denied.add("oss:PutObject")
    refusal(lambda: uploader.put("shop", "a.jpg", b"bytes"))
    uploader.client.list_objects_v2(oss.ListObjectsV2Request(bucket="shop"))
    assert events == []


def test_an_invalid_fault_is_refused(service: OssService) -> None:
    with pytest.raises(ValueError, match="kind"):
        service.faults.add({"method": "GET", "kind": "unknown"})


def test_a_fault_applies_to_its_key_and_its_times(service: OssService, uploader: Uploader) -> None:
    for key in ("a.jpg", "b.jpg"):
        uploader.put("shop", key, b"bytes")
    service.faults.add({"method": "HEAD", "key": "a.jpg", "kind": "error", "code": "Odd", "status": 418, "times": 2})
    head(uploader, "b.jpg")
    assert [refusal(lambda: head(uploader, "a.jpg")).code for _ in range(2)] == ["Odd", "Odd"]
    head(uploader, "a.jpg")


def test_services_can_share_an_authority(tmp_path) -> None:
    given = {"region": "cn-shanghai", "access_key_id": "id", "access_key_secret": "secret", "state_dir": tmp_path}
    with OssService(**given) as one, OssService(**given) as other:
        assert one.ca_path == other.ca_path
        for service in (one, other):
            service.make_bucket("shop")
            service.uploader().put("shop", "a.jpg", b"bytes")
    assert (tmp_path / "ca.pem").exists()


def test_a_taken_port_raises_oserror(service: OssService) -> None:
    port = int(service.url.rpartition(":")[2])
    busy = OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret", port=port)
    with pytest.raises(OSError, match="in use"):
        busy.start()
