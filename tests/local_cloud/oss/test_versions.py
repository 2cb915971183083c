"""Buckets with versioning: versions, delete markers, and what OSS announces of them."""

from typing import Any

import pytest

from local_cloud.oss import OssService
from tests.local_cloud.oss.api import Answer, Api

Events = list[dict[str, Any]]


def names(events: Events) -> list[tuple[str, str]]:
    return [(event["eventName"].partition(":")[2], event["oss"]["object"]["key"]) for event in events]


def put(api: Api, body: bytes, key: str = "a.jpg") -> str:
    return api.put(key, body).headers["x-oss-version-id"]


def delete(api: Api, version_id: str = "", key: str = "a.jpg") -> Answer:
    return api.call("DELETE", key, f"versionId={version_id}" if version_id else "")


@pytest.fixture
def versioned(api: Api) -> Api:
    api.enable_versioning()
    return api


def test_each_version_is_kept(versioned: Api) -> None:
    old, new = put(versioned, b"old"), put(versioned, b"new")
    assert versioned.get("a.jpg").body == b"new"
    assert [versioned.get("a.jpg", f"versionId={one}").body for one in (old, new)] == [b"old", b"new"]
    assert versioned.get("a.jpg", f"versionId={old}").headers["x-oss-version-id"] == old


def test_an_object_from_before_has_the_null_version(api: Api) -> None:
    api.put("a.jpg", b"before")
    assert "x-oss-version-id" not in api.get("a.jpg").headers
    api.enable_versioning()
    put(api, b"after")
    assert api.get("a.jpg", "versionId=null").body == b"before"


def test_a_delete_marker_hides_the_object_and_is_not_announced(versioned: Api, events: Events) -> None:
    """OSS user guide, "Configure event notification rules": no event unless a version is named."""
    version = put(versioned, b"bytes")
    deleted = delete(versioned)
    assert (deleted.status, deleted.headers["x-oss-delete-marker"]) == (204, "true")
    missing = versioned.get("a.jpg")
    assert (missing.status, missing.code, missing.headers["x-oss-delete-marker"]) == (404, "NoSuchKey", "true")
    assert versioned.get("a.jpg", f"versionId={version}").body == b"bytes"
    marker = deleted.headers["x-oss-version-id"]
    refused = versioned.get("a.jpg", f"versionId={marker}")
    assert (refused.status, refused.code) == (405, "MethodNotAllowed")
    assert names(events) == [("PutObject", "a.jpg")]


def test_removing_a_delete_marker_brings_the_object_back(versioned: Api, events: Events) -> None:
    put(versioned, b"bytes")
    marker = delete(versioned).headers["x-oss-version-id"]
    removed = delete(versioned, marker)
    assert (removed.headers["x-oss-delete-marker"], removed.headers["x-oss-version-id"]) == ("true", marker)
    assert versioned.get("a.jpg").body == b"bytes"
    assert names(events) == [("PutObject", "a.jpg"), ("DeleteObject", "a.jpg")]


def test_removing_the_newest_version_makes_the_older_one_current(versioned: Api, events: Events) -> None:
    put(versioned, b"old")
    delete(versioned, put(versioned, b"new"))
    assert versioned.get("a.jpg").body == b"old"
    assert names(events)[2:] == [("DeleteObject", "a.jpg")]


def test_removing_the_last_version_removes_the_key(versioned: Api) -> None:
    delete(versioned, put(versioned, b"bytes"))
    assert versioned.get("a.jpg").code == "NoSuchKey"
    assert versioned.call("GET", "", "versions").texts("Version/Key") == []


def test_a_missing_version_is_neither_read_nor_announced(versioned: Api, events: Events) -> None:
    put(versioned, b"bytes")
    missing = versioned.get("a.jpg", "versionId=none")
    assert (missing.status, missing.code) == (404, "NoSuchVersion")
    assert delete(versioned, "none").status == 204
    assert names(events) == [("PutObject", "a.jpg")]


def test_several_versions_are_deleted_at_once(versioned: Api, events: Events) -> None:
    version = put(versioned, b"bytes")
    put(versioned, b"bytes", "b.jpg")
    objects = [f"<Key>a.jpg</Key><VersionId>{version}</VersionId>", "<Key>b.jpg</Key>"]
    body = "".join(f"<Object>{one}</Object>" for one in objects)
    answer = versioned.call("POST", "", "delete", body=f"<Delete>{body}</Delete>".encode())
    assert answer.texts("Deleted/Key") == ["a.jpg", "b.jpg"]
    assert (answer.texts("Deleted/VersionId"), answer.texts("Deleted/DeleteMarker")) == ([version], ["true"])
    assert names(events)[2:] == [("DeleteObjects", "a.jpg")]


def test_suspended_versioning_replaces_the_null_version(service: OssService, versioned: Api, events: Events) -> None:
    version = put(versioned, b"kept")
    versioned.enable_versioning("Suspended")
    assert [put(versioned, body) for body in (b"one", b"two")] == ["null", "null"]
    marker = delete(versioned)
    assert (marker.headers["x-oss-version-id"], marker.headers["x-oss-delete-marker"]) == ("null", "true")
    assert versioned.call("GET", "", "versions").texts("Version/VersionId") == [version]
    assert service.objects("shop") == []
    delete(versioned, "null")
    assert versioned.get("a.jpg").body == b"kept"
    assert [name for name, _ in names(events)] == ["PutObject", "PutObject", "PutObject", "DeleteObject"]


def test_versions_are_listed_newest_first(versioned: Api) -> None:
    ids = [put(versioned, b"1"), put(versioned, b"2")]
    marker = delete(versioned).headers["x-oss-version-id"]
    other = put(versioned, b"3", "b/c.jpg")
    answer = versioned.call("GET", "", "versions")
    assert answer.texts("Version/VersionId") == [ids[1], ids[0], other]
    assert answer.texts("Version/IsLatest") == ["false", "false", "true"]
    assert (answer.texts("DeleteMarker/VersionId"), answer.texts("DeleteMarker/IsLatest")) == ([marker], ["true"])
    grouped = versioned.call("GET", "", "versions&delimiter=%2F")
    assert (len(grouped.texts("Version/Key")), grouped.texts("CommonPrefixes/Prefix")) == (2, ["b/"])


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_have_every_version_once(versioned: Api, limit: int) -> None:
    expected = [put(versioned, b"x", key) for key in ("a.jpg", "a.jpg", "a.jpg", "b.jpg", "b.jpg")]
    listed, parameters = [], {"versions": "", "max-keys": str(limit)}
    for _ in range(5):
        answer = versioned.call("GET", "", parameters)
        listed += answer.texts("Version/VersionId")
        if answer.text("IsTruncated") == "false":
            break
        markers = {"key-marker": answer.text("NextKeyMarker"), "version-id-marker": answer.text("NextVersionIdMarker")}
        parameters |= markers
    assert listed == [*expected[2::-1], *expected[:2:-1]]
    assert versioned.call("GET", "", "versions&key-marker=a.jpg").texts("Version/Key") == ["b.jpg", "b.jpg"]


def test_an_appended_version_grows_in_its_place(versioned: Api) -> None:
    first = versioned.call("POST", "a.jpg", "append&position=0", body=b"by").headers["x-oss-version-id"]
    versioned.call("POST", "a.jpg", "append&position=2", body=b"tes")
    assert versioned.get("a.jpg", f"versionId={first}").body == b"bytes"


def test_the_status_of_versioning_is_told(api: Api) -> None:
    assert api.call("GET", "", "versioning").text("Status") is None
    for status in ("Enabled", "Suspended"):
        api.enable_versioning(status)
        assert api.call("GET", "", "versioning").text("Status") == status
        assert api.call("GET", "", "bucketInfo").text("Bucket/Versioning") == status


def test_a_version_needs_a_right_of_its_own(service: OssService, versioned: Api) -> None:
    version = put(versioned, b"bytes")
    service.denied.update({"oss:GetObjectVersion", "oss:DeleteObjectVersion"})
    assert versioned.get("a.jpg", f"versionId={version}").code == "AccessDenied"
    assert delete(versioned, version).code == "AccessDenied"
    assert versioned.get("a.jpg").code == "OK"
