"""The upload: OSS's post policy and the bucket's errors in XML."""

import base64
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from local_cloud.image_search.hosts import find_upload_place
from local_cloud.image_search.post_policy import MAX_UPLOAD_BYTES
from local_cloud.image_search.uploads import Uploads, upload_url
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.image_search.api import Api, Raw, code_and_status, picture

FORM_END = b"--B--\r\n"


def _refusal(answer: requests.Response) -> tuple[str, int]:
    assert answer.headers["content-type"] == "application/xml"
    error = ET.fromstring(answer.text)  # noqa: S314 - the stand-in's response
    assert [child.tag for child in error] == ["Code", "Message", "RequestId", "HostId"]
    return error.findtext("Code", ""), answer.status_code


def test_an_authorization_has_the_fields_that_the_sdk_reads(raw: Raw) -> None:
    granted = raw.authorize()
    assert granted.keys() == {
        "RequestId",
        "UseAccelerate",
        "AccessKeyId",
        "Bucket",
        "Endpoint",
        "ObjectKey",
        "EncodedPolicy",
        "Signature",
    }


@pytest.mark.parametrize(("wanted", "status"), [("201", 201), ("200", 200), ("204", 204), ("nonsense", 204)])
def test_an_upload_gets_the_status_that_it_asks_for(raw: Raw, wanted: str, status: int) -> None:
    answer = raw.upload(raw.authorize(), picture(), success_action_status=wanted)
    assert answer.status_code == status
    assert ("<PostResponse>" in answer.text) is (status == 201)


def _other_policy(granted: dict[str, Any]) -> str:
    policy = json.loads(base64.b64decode(granted["EncodedPolicy"]))
    policy["expiration"] = "2999-01-01T00:00:00.000Z"
    return base64.b64encode(json.dumps(policy).encode()).decode()


def test_a_changed_form_is_refused(raw: Raw) -> None:
    granted = raw.authorize()
    assert _refusal(raw.upload(granted, b"x", OSSAccessKeyId="OTHER")) == ("InvalidAccessKeyId", 403)
    assert _refusal(raw.upload(granted, b"x", Signature="AAAA")) == ("SignatureDoesNotMatch", 403)
    assert _refusal(raw.upload(granted, b"x", policy=_other_policy(granted))) == ("SignatureDoesNotMatch", 403)
    assert _refusal(raw.upload(granted, b"x", key="other")) == ("AccessDenied", 403)


def test_a_policy_expires(raw: Raw, clock: OffsetClock) -> None:
    granted = raw.authorize()
    clock.ahead = 3601
    answer = raw.upload(granted, b"x")
    assert _refusal(answer) == ("AccessDenied", 403)
    assert "Policy expired" in answer.text


def test_the_policy_limits_the_size(api: Api) -> None:
    with pytest.raises(AlibabaCloudException) as refused:
        api.add(bytes(MAX_UPLOAD_BYTES + 1))
    assert code_and_status(refused.value) == ("EntityTooLarge", 400)


def _part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (_part("key", b"x"), "multipart/form-data; boundary=B", "MalformedPOSTRequest"),
        (
            _part("file", b"x", '; filename="x"') + FORM_END[:3],
            "multipart/form-data; boundary=B",
            "MalformedPOSTRequest",
        ),
        (b"no form", "multipart/form-data; boundary=B", "MalformedPOSTRequest"),
        (b"", "multipart/form-data; boundary=B", "MalformedPOSTRequest"),
        (_part("key", b"x") + FORM_END, "multipart/form-data", "MalformedPOSTRequest"),
        (b"key=x", "application/x-www-form-urlencoded", "MalformedPOSTRequest"),
        (_part("key", b"x") + FORM_END, "multipart/form-data; boundary=B", "InvalidArgument"),
    ],
)
def test_a_malformed_form_is_refused(raw: Raw, body: bytes, content_type: str, code: str) -> None:
    url = "https://viapi-customer-temp.oss-cn-shanghai.aliyuncs.com/"
    answer = raw.request("POST", url, data=body, headers={"Content-Type": content_type})
    assert _refusal(answer) == (code, 400)


def test_the_upload_bucket_only_allows_post(raw: Raw) -> None:
    answer = raw.request("GET", "https://viapi-customer-temp.oss-cn-shanghai.aliyuncs.com/key")
    assert _refusal(answer) == ("MethodNotAllowed", 405)


def test_the_oldest_uploads_make_room_for_new_ones() -> None:
    uploads = Uploads(room_bytes=10)
    for key in ("first", "second", "second", "third"):
        uploads.put(key, b"12345")
    assert uploads.fetch(upload_url("second")) == uploads.fetch(upload_url("third")) == b"12345"
    with pytest.raises(Exception, match="PictureError"):
        uploads.fetch(upload_url("first"))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("openplatform.aliyuncs.com", ("viapi-customer-temp", "oss-cn-shanghai.aliyuncs.com")),
        ("openplatform.aliyuncs.com:443", ("viapi-customer-temp", "oss-cn-shanghai.aliyuncs.com")),
        ("openplatform.aliyuncs.com:8080", ("viapi-customer-temp", "oss-cn-shanghai.aliyuncs.com:8080")),
        ("127.0.0.1:8080", ("127", "0.0.1:8080")),
        ("localhost:8080", ("127", "0.0.1:8080")),
        ("cloud.example:8080", ("cloud", "example:8080")),
        ("CLOUD.example", ("cloud", "example")),
    ],
)
def test_an_upload_goes_where_the_client_came_from(address: str, place: tuple[str, str]) -> None:
    assert find_upload_place(address) == place


def test_an_upload_is_only_fetched_from_a_known_host() -> None:
    uploads = Uploads()
    key = uploads.new_key("127.0.0.1:8080")
    uploads.put(key, b"picture")
    assert uploads.fetch(f"http://127.0.0.1:8080/{key}") == b"picture"
    for url in (f"http://127.0.0.1:9090/{key}", f"https://127.0.0.1:8080/{key}", f"127.0.0.1:8080/{key}"):
        with pytest.raises(Exception, match="InvalidPicUrl"):
            uploads.fetch(url)
