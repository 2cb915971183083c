"""GetObject, HeadObject and GetObjectMeta: ranges, conditions, overrides and archived objects."""

import pytest

from local_cloud.oss import OssService
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.oss.api import Api

ETAG = "781E5E245D69B566979B86E28D23F2C7"  # MD5 of "0123456789"
LONG_AGO, IN_FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-3", (206, b"0123", "bytes 0-3/10")),
        ("bytes=7-", (206, b"789", "bytes 7-9/10")),
        ("bytes=-2", (206, b"89", "bytes 8-9/10")),
        ("bytes=-20", (206, b"0123456789", "bytes 0-9/10")),
        ("bytes=9-9", (206, b"9", "bytes 9-9/10")),
        ("bytes=8-20", (200, b"0123456789", None)),
        ("bytes=10-", (200, b"0123456789", None)),
        ("bytes=3-1", (200, b"0123456789", None)),
        ("bytes=0-1,3-4", (200, b"0123456789", None)),
        ("lines=0-1", (200, b"0123456789", None)),
        ("bytes=-", (200, b"0123456789", None)),
        ("bytes=-0", (200, b"0123456789", None)),
    ],
)
def test_a_range_gives_a_part_or_the_whole_object(api: Api, text: str, expected: tuple) -> None:
    api.put("a.jpg", b"0123456789")
    answer = api.get("a.jpg", range=text)
    assert (answer.status, answer.body, answer.headers.get("content-range")) == expected
    assert answer.headers["content-length"] == str(len(expected[1]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bytes=8-20", (206, b"89")), ("bytes=3-1", (200, b"0123456789")), ("bytes=-20", (206, b"0123456789"))],
)
def test_the_standard_behaviour_ends_with_the_object(api: Api, text: str, expected: tuple[int, bytes]) -> None:
    api.put("a.jpg", b"0123456789")
    answer = api.get("a.jpg", range=text, x_oss_range_behavior="standard")
    assert (answer.status, answer.body) == expected


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=10-12"])
def test_the_standard_behaviour_refuses_a_range_behind_the_object(api: Api, text: str) -> None:
    api.put("a.jpg", b"0123456789")
    answer = api.get("a.jpg", range=text, x_oss_range_behavior="standard")
    assert (answer.status, answer.code, answer.text("ActualObjectSize")) == (416, "InvalidRange", "10")


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("if_match", ETAG, 200),
        ("if_match", f'"{ETAG}"', 200),
        ("if_match", "other", 412),
        ("if_none_match", ETAG, 304),
        ("if_none_match", f'"{ETAG}"', 304),
        ("if_none_match", "other", 200),
        ("if_modified_since", LONG_AGO, 200),
        ("if_modified_since", IN_FUTURE, 304),
        ("if_unmodified_since", LONG_AGO, 412),
        ("if_unmodified_since", IN_FUTURE, 200),
        ("if_modified_since", "yesterday", 400),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_condition_decides(api: Api, method: str, header: str, value: str, status: int) -> None:
    api.put("a.jpg", b"0123456789")
    answer = api.call(method, "a.jpg", headers={header.replace("_", "-"): value})
    assert answer.status == status
    if status == 304:
        assert (answer.body, answer.headers["etag"]) == (b"", f'"{ETAG}"')
    if status == 412 and method == "GET":
        assert (answer.code, answer.text("Condition")) == ("PreconditionFailed", header.replace("_", "-"))


def test_the_time_of_the_object_itself_is_not_newer(api: Api) -> None:
    """The object's time has fractions of a second, which the header does not."""
    api.put("a.jpg")
    time = api.get("a.jpg").headers["last-modified"]
    assert api.get("a.jpg", if_modified_since=time).status == 304
    assert api.get("a.jpg", if_unmodified_since=time).status == 200


def test_parameters_override_the_headers_of_a_response(api: Api) -> None:
    api.put("a.jpg", content_type="image/jpeg", cache_control="no-store")
    answer = api.get("a.jpg", "response-content-type=text%2Fplain&response-content-disposition=attachment")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["cache-control"] == "no-store"
    assert api.get("a.jpg").headers["content-type"] == "image/jpeg"


def test_the_headers_of_an_upload_are_kept(api: Api) -> None:
    api.put("a.jpg", content_encoding="gzip", expires=IN_FUTURE, x_oss_meta_colour="red")
    headers = api.call("HEAD", "a.jpg").headers
    assert (headers["content-encoding"], headers["expires"], headers["x-oss-meta-colour"]) == ("gzip", IN_FUTURE, "red")
    assert (headers["x-oss-object-type"], headers["x-oss-storage-class"]) == ("Normal", "Standard")


def test_the_meta_of_an_object_is_its_size_etag_and_time(api: Api) -> None:
    api.put("a.jpg", b"0123456789", x_oss_meta_colour="red")
    headers = api.call("HEAD", "a.jpg", "objectMeta").headers
    assert (headers["etag"], headers["content-length"]) == (f'"{ETAG}"', "10")
    assert "last-modified" in headers
    assert "x-oss-meta-colour" not in headers


@pytest.mark.parametrize("storage_class", ["Archive", "ColdArchive", "DeepColdArchive"])
def test_an_archived_object_is_listed_and_cannot_be_read(api: Api, storage_class: str) -> None:
    api.put("a.jpg", x_oss_storage_class=storage_class)
    assert api.call("GET", "", "list-type=2").text("Contents/StorageClass") == storage_class
    assert api.call("HEAD", "a.jpg").headers["x-oss-storage-class"] == storage_class
    answer = api.get("a.jpg")
    assert (answer.status, answer.code) == (403, "InvalidObjectState")
    copied = api.call("PUT", "b.jpg", headers={"x-oss-copy-source": "/shop/a.jpg"})
    assert copied.code == "InvalidObjectState"


def test_a_restored_object_can_be_read_for_its_days(api: Api, clock: OffsetClock) -> None:
    api.put("a.jpg", x_oss_storage_class="Archive")
    days = b"<RestoreRequest><Days>2</Days></RestoreRequest>"
    assert [api.call("POST", "a.jpg", "restore", body=days).status for _ in range(2)] == [202, 200]
    answer = api.get("a.jpg")
    assert (answer.status, answer.body) == (200, b"bytes")
    assert answer.headers["x-oss-restore"].startswith('ongoing-request="false", expiry-date="')
    clock.ahead = 2 * 24 * 3600 + 60
    assert api.get("a.jpg").code == "InvalidObjectState"


def test_only_archived_objects_are_restored(api: Api) -> None:
    api.put("a.jpg")
    assert api.call("POST", "a.jpg", "restore").code == "OperationNotSupported"


@pytest.mark.parametrize(("storage_class", "announced"), [("Archive", 0), ("ColdArchive", 1)])
def test_only_cold_archives_announce_that_they_are_restored(
    api: Api, events: list, storage_class: str, announced: int
) -> None:
    api.put("a.jpg", x_oss_storage_class=storage_class)
    api.call("POST", "a.jpg", "restore")
    assert [event["eventName"] for event in events[1:]] == ["ObjectRestore:FinishRestore"] * announced


def test_another_storage_class_is_refused(service: OssService, api: Api) -> None:
    answer = api.call("PUT", "a.jpg", headers={"x-oss-storage-class": "GLACIER"})
    assert (answer.code, answer.text("ArgumentName")) == ("InvalidArgument", "x-oss-storage-class")
    assert not service.objects("shop")
