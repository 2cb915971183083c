"""PutObject, AppendObject and CopyObject: checks before anything changes."""

import base64
import hashlib
from typing import Any

import pytest

from local_cloud.oss import OssService
from tests.local_cloud.oss.api import Answer, Api

LONG_AGO, IN_FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
ETAG = "4B3A6218BB3E3A7303E8A171A60FCF92"  # MD5 of "bytes"


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def append(api: Api, position: str, body: bytes, key: str = "a.jpg") -> Answer:
    return api.call("POST", key, f"append&position={position}", body=body)


def copy(api: Api, key: str = "copy.jpg", source: str = "/shop/a.jpg", **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return api.call("PUT", key, headers={"x-oss-copy-source": source} | named)


@pytest.mark.parametrize(
    ("digest", "code"), [(md5(b"bytes"), "OK"), (md5(b"other"), "InvalidDigest"), ("?", "InvalidDigest")]
)
@pytest.mark.parametrize(("method", "parameters"), [("PUT", ""), ("POST", "append&position=0")])
def test_a_digest_must_belong_to_the_body(api: Api, method: str, parameters: str, digest: str, code: str) -> None:
    assert api.call(method, "a.jpg", parameters, {"content-md5": digest}, b"bytes").code == code
    assert api.get("a.jpg").code == ("OK" if code == "OK" else "NoSuchKey")


def test_a_body_may_come_in_chunks(api: Api) -> None:
    answer = api.call("PUT", "a.jpg", headers={"Transfer-Encoding": "chunked"}, body=iter([b"by", b"tes"]))
    assert (answer.status, api.get("a.jpg").body) == (200, b"bytes")


@pytest.mark.parametrize(
    ("value", "code"), [("true", "FileAlreadyExists"), ("false", "OK"), ("yes", "InvalidArgument")]
)
def test_overwriting_can_be_forbidden(api: Api, value: str, code: str) -> None:
    api.put("a.jpg", b"old")
    forbid = {"x-oss-forbid-overwrite": value}
    assert api.call("PUT", "a.jpg", headers=forbid, body=b"new").code == code
    assert api.get("a.jpg").body == (b"new" if code == "OK" else b"old")
    assert copy(api, "a.jpg", x_oss_forbid_overwrite=value).code == code
    assert api.call("POST", "a.jpg", "uploads", forbid).code == code


def test_versioning_ignores_a_forbidden_overwrite(api: Api) -> None:
    api.enable_versioning()
    api.put("a.jpg", b"old")
    assert api.call("PUT", "a.jpg", headers={"x-oss-forbid-overwrite": "true"}, body=b"new").code == "OK"


def test_bytes_are_appended_at_the_end(service: OssService, api: Api, events: list[dict[str, Any]]) -> None:
    created = api.call("POST", "a.jpg", "append&position=0", {"x-oss-meta-colour": "red"}, b"by")
    assert created.headers["x-oss-next-append-position"] == "2"
    assert append(api, "2", b"tes").headers["x-oss-next-append-position"] == "5"
    (stored,) = service.objects("shop")
    assert (stored.data, stored.metadata) == (b"bytes", {"colour": "red"})
    head = api.call("HEAD", "a.jpg").headers
    assert (head["x-oss-object-type"], head["x-oss-next-append-position"]) == ("Appendable", "5")
    objects = [(event["eventName"], event["oss"]["object"]["deltaSize"]) for event in events]
    assert objects == [("ObjectCreated:AppendObject", 2), ("ObjectCreated:AppendObject", 3)]


@pytest.mark.parametrize("position", ["0", "1", "6"])
def test_another_position_is_refused(api: Api, position: str) -> None:
    append(api, "0", b"bytes")
    answer = append(api, position, b"more")
    assert (answer.status, answer.code) == (409, "PositionNotEqualToLength")
    assert answer.headers["x-oss-next-append-position"] == "5"
    assert api.get("a.jpg").body == b"bytes"


@pytest.mark.parametrize("position", ["", "test", "-1"])
def test_a_position_is_needed(api: Api, position: str) -> None:
    answer = append(api, position, b"bytes")
    assert (answer.status, answer.code, answer.text("EC")) == (400, "MissingArgument", "0016-00000502")


def test_only_an_appendable_object_grows(api: Api) -> None:
    api.put("a.jpg")
    assert append(api, "5", b"more").code == "ObjectNotAppendable"
    append(api, "0", b"bytes", "b.jpg")
    api.put("b.jpg")
    assert append(api, "5", b"more", "b.jpg").code == "ObjectNotAppendable"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("if_match", ETAG, "OK"),
        ("if_match", "other", "PreconditionFailed"),
        ("if_none_match", "other", "OK"),
        ("if_unmodified_since", IN_FUTURE, "OK"),
        ("if_unmodified_since", LONG_AGO, "PreconditionFailed"),
        ("if_modified_since", LONG_AGO, "OK"),
    ],
)
def test_a_condition_on_the_source_decides(api: Api, header: str, value: str, code: str) -> None:
    api.put("a.jpg")
    assert copy(api, **{f"x_oss_copy_source_{header}": value}).code == code
    assert api.get("copy.jpg").code == ("OK" if code == "OK" else "NoSuchKey")


@pytest.mark.parametrize(("header", "value"), [("if_none_match", ETAG), ("if_modified_since", IN_FUTURE)])
def test_a_source_that_is_as_known_is_not_copied(api: Api, header: str, value: str) -> None:
    api.put("a.jpg")
    answer = copy(api, **{f"x_oss_copy_source_{header}": value})
    assert (answer.status, answer.body) == (304, b"")
    assert api.get("copy.jpg").code == "NoSuchKey"


@pytest.mark.parametrize(
    ("directive", "metadata"), [({}, {"colour": "red"}), ({"x_oss_metadata_directive": "REPLACE"}, {"size": "12"})]
)
def test_the_directive_decides_on_metadata(service: OssService, api: Api, directive: dict, metadata: dict) -> None:
    api.put("a.jpg", x_oss_meta_colour="red")
    copy(api, x_oss_meta_size="12", **directive)
    (_, copied) = service.objects("shop")
    assert copied.metadata == metadata


def test_a_copy_onto_itself_replaces_the_metadata(service: OssService, api: Api) -> None:
    api.put("a.jpg", x_oss_meta_colour="red")
    assert copy(api, "a.jpg", x_oss_meta_size="12").status == 200
    assert [one.metadata for one in service.objects("shop")] == [{"size": "12"}]


def test_the_copy_of_an_object_in_parts_is_a_normal_one(api: Api) -> None:
    append(api, "0", b"bytes")
    answer = copy(api)
    assert answer.text("ETag") == f'"{ETAG}"'
    assert api.call("HEAD", "copy.jpg").headers["x-oss-object-type"] == "Normal"


def test_a_version_is_copied(api: Api) -> None:
    api.enable_versioning()
    old = api.put("a.jpg", b"old").headers["x-oss-version-id"]
    api.put("a.jpg", b"new")
    assert copy(api, source=f"/shop/a.jpg?versionId={old}").status == 200
    assert api.get("copy.jpg").body == b"old"


@pytest.mark.parametrize("source", ["a.jpg", "/shop", "/shop/", "/shop/a.jpg?acl", "/shop/a.jpg?versionId="])
def test_an_unreadable_source_is_refused(api: Api, source: str) -> None:
    api.put("a.jpg")
    answer = copy(api, source=source)
    assert (answer.code, answer.text("ArgumentName")) == ("InvalidArgument", "x-oss-copy-source")


def test_a_missing_source_is_named(api: Api) -> None:
    answer = copy(api)
    assert (answer.status, answer.code, answer.text("Key")) == (404, "NoSuchKey", "a.jpg")
    assert copy(api, source="/none/a.jpg").code == "NoSuchBucket"


def test_a_copy_needs_the_right_to_read(service: OssService, api: Api) -> None:
    api.put("a.jpg")
    service.denied.add("oss:GetObject")
    assert copy(api).code == "AccessDenied"
    service.denied.clear()
    assert copy(api).code == "OK"
