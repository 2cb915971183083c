"""Multipart uploads: the parts, the object that they make, and the lists of both."""

from typing import Any

import pytest

from local_cloud.oss import OssService
from tests.local_cloud.oss.api import Answer, Api

PART = b"x" * 102_400


def initiate(api: Api, key: str = "a.jpg", **headers: str) -> str:
    return api.call("POST", key, "uploads", {name.replace("_", "-"): text for name, text in headers.items()}).text(
        "UploadId"
    )


def upload(api: Api, upload_id: str, number: int, body: bytes, key: str = "a.jpg") -> str:
    answer = api.call("PUT", key, f"partNumber={number}&uploadId={upload_id}", body=body)
    assert answer.status == 200, answer.body
    return answer.headers["etag"]


def complete(api: Api, upload_id: str, parts: list[tuple[int, str]], key: str = "a.jpg") -> Answer:
    listed = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>" for number, etag in parts)
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    return api.call("POST", key, f"uploadId={upload_id}", body=body)


def test_parts_become_one_object(service: OssService, api: Api, events: list[dict[str, Any]]) -> None:
    upload_id = initiate(api, content_type="image/jpeg", x_oss_meta_colour="red")
    etags = [upload(api, upload_id, number, body) for number, body in ((7, b"end"), (2, PART))]
    assert (service.objects("shop"), events) == ([], [])
    answer = complete(api, upload_id, [(2, etags[1]), (7, etags[0])])
    assert (answer.status, answer.text("Key"), answer.text("Bucket")) == (200, "a.jpg", "shop")
    read = api.get("a.jpg")
    assert read.body == PART + b"end"
    assert (read.headers["x-oss-object-type"], read.headers["x-oss-meta-colour"]) == ("Multipart", "red")
    assert read.headers["etag"] == answer.text("ETag") == answer.headers["etag"]
    assert answer.text("ETag").endswith('-2"')
    (event,) = events
    assert event["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert (event["oss"]["object"]["size"], event["oss"]["object"]["eTag"]) == (102_403, answer.text("ETag").strip('"'))


def test_the_order_and_the_content_of_the_parts_make_the_etag(api: Api) -> None:
    def etag(*bodies: bytes) -> str:
        upload_id = initiate(api)
        parts = [(number, upload(api, upload_id, number, body)) for number, body in enumerate(bodies, 1)]
        return complete(api, upload_id, parts).text("ETag")

    other = b"y" * 102_400
    assert etag(PART, other) == etag(PART, other)
    assert len({etag(PART, other), etag(other, PART), etag(PART)}) == 3


def test_an_uploaded_part_replaces_the_one_with_its_number(api: Api) -> None:
    upload_id = initiate(api)
    old, new = upload(api, upload_id, 1, b"old"), upload(api, upload_id, 1, b"new")
    assert complete(api, upload_id, [(1, old)]).code == "InvalidPart"
    assert complete(api, upload_id, [(1, new)]).code == "OK"
    assert api.get("a.jpg").body == b"new"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([(1, "first"), (3, "third")], "InvalidPart"),
        ([(1, "second")], "InvalidPart"),
        ([(2, "second"), (1, "first")], "InvalidPartOrder"),
        ([(1, "first"), (1, "first")], "InvalidPartOrder"),
        ([(2, "second"), (4, "fourth")], "EntityTooSmall"),
        ([], "MalformedXML"),
    ],
)
def test_a_wrong_list_of_parts_is_refused(
    service: OssService, api: Api, parts: list[tuple[int, str]], code: str
) -> None:
    upload_id = initiate(api)
    etags = {"first": upload(api, upload_id, 1, PART), "second": upload(api, upload_id, 2, b"small"), "third": "none"}
    etags["fourth"] = upload(api, upload_id, 4, b"end")
    assert complete(api, upload_id, [(number, etags[name]) for number, name in parts]).code == code
    assert service.objects("shop") == []
    assert complete(api, upload_id, [(1, etags["first"]), (4, etags["fourth"])]).code == "OK"


def test_all_parts_are_taken_if_the_request_says_so(api: Api) -> None:
    upload_id = initiate(api)
    for number, body in ((2, b"end"), (1, PART)):
        upload(api, upload_id, number, body)
    answer = api.call("POST", "a.jpg", f"uploadId={upload_id}", {"x-oss-complete-all": "yes"})
    assert (answer.status, api.get("a.jpg").body) == (200, PART + b"end")


@pytest.mark.parametrize("number", ["0", "10001", "one", "-1"])
def test_a_part_number_has_limits(api: Api, number: str) -> None:
    answer = api.call("PUT", "a.jpg", f"partNumber={number}&uploadId={initiate(api)}", body=b"x")
    assert (answer.code, answer.text("ArgumentName")) == ("InvalidArgument", "partNumber")


@pytest.mark.parametrize("key", ["a.jpg", "other.jpg"])
def test_an_ended_or_foreign_upload_does_not_exist(api: Api, key: str) -> None:
    upload_id = initiate(api)
    if key == "a.jpg":
        assert api.call("DELETE", "a.jpg", f"uploadId={upload_id}").status == 204
    calls = [("PUT", f"partNumber=1&uploadId={upload_id}"), ("GET", f"uploadId={upload_id}")]
    calls += [("DELETE", f"uploadId={upload_id}")]
    assert [api.call(method, key, query).code for method, query in calls] == ["NoSuchUpload"] * 3
    assert complete(api, upload_id, [(1, "x")], key).code == "NoSuchUpload"


def test_a_part_is_copied_from_a_range_of_an_object(api: Api) -> None:
    api.put("source.jpg", b"0123456789")
    upload_id = initiate(api)
    headers = {"x-oss-copy-source": "/shop/source.jpg", "x-oss-copy-source-range": "bytes=2-4"}
    answer = api.call("PUT", "a.jpg", f"partNumber=1&uploadId={upload_id}", headers)
    assert (
        answer.text("ETag")
        == answer.headers["etag"]
        == '"B63E53B4D60A2C97F57C8AF5E03FA2C5"'.replace(
            "B63E53B4D60A2C97F57C8AF5E03FA2C5", "289DFF07669D7A23DE0EF88D2F7129E7"
        )
    )
    complete(api, upload_id, [(1, answer.headers["etag"])])
    assert api.get("a.jpg").body == b"234"


def test_a_range_that_is_not_in_the_source_is_refused(api: Api) -> None:
    api.put("source.jpg", b"0123456789")
    headers = {"x-oss-copy-source": "/shop/source.jpg", "x-oss-copy-source-range": "bytes=2-10"}
    answer = api.call("PUT", "a.jpg", f"partNumber=1&uploadId={initiate(api)}", headers)
    assert (answer.code, answer.text("ArgumentName")) == ("InvalidArgument", "x-oss-copy-source-range")


def test_parts_are_listed_in_pages(api: Api) -> None:
    upload_id = initiate(api)
    for number in (1, 3, 5):
        upload(api, upload_id, number, b"x" * number)
    first = api.call("GET", "a.jpg", f"uploadId={upload_id}&max-parts=2")
    assert (first.texts("Part/PartNumber"), first.texts("Part/Size")) == (["1", "3"], ["1", "3"])
    assert (first.text("IsTruncated"), first.text("NextPartNumberMarker")) == ("true", "3")
    second = api.call("GET", "a.jpg", f"uploadId={upload_id}&part-number-marker=3")
    assert (second.texts("Part/PartNumber"), second.text("IsTruncated")) == (["5"], "false")


def test_uploads_are_listed_in_pages(api: Api) -> None:
    ids = {key: sorted(initiate(api, key) for _ in range(2)) for key in ("a/1.jpg", "a/2.jpg", "b.jpg")}
    expected = [(key, one) for key, both in ids.items() for one in both]
    listed, key_marker, id_marker = [], "", ""
    while True:
        parameters = {"uploads": "", "max-uploads": "1", "key-marker": key_marker, "upload-id-marker": id_marker}
        answer = api.call("GET", "", parameters)
        assert answer.status == 200, answer.body
        listed += zip(answer.texts("Upload/Key"), answer.texts("Upload/UploadId"), strict=True)
        if answer.text("IsTruncated") == "false":
            break
        key_marker, id_marker = answer.text("NextKeyMarker"), answer.text("NextUploadIdMarker")
    assert listed == expected
    assert api.call("GET", "", "uploads&key-marker=a%2F1.jpg").texts("Upload/Key") == ["a/2.jpg"] * 2 + ["b.jpg"] * 2
    grouped = api.call("GET", "", "uploads&delimiter=%2F")
    assert (grouped.texts("Upload/Key"), grouped.texts("CommonPrefixes/Prefix")) == (["b.jpg"] * 2, ["a/"])
