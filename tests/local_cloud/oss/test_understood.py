"""What an operation does not understand is refused by name; what changes nothing is accepted."""

import pytest

from local_cloud.oss import OssService
from tests.local_cloud.oss.api import Api

COMPLETE = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"


@pytest.mark.parametrize(
    ("method", "key", "parameters", "named"),
    [
        ("GET", "a.jpg", "x-oss-process=image%2Fresize%2Cw_10", "x-oss-process"),
        ("GET", "a.jpg", "acl", "acl"),
        ("GET", "a.jpg", "tagging", "tagging"),
        ("GET", "a.jpg", "unheardof=1", "unheardof"),
        ("GET", "a.jpg", "versionid=null", "versionid"),
        ("PUT", "a.jpg", "acl", "acl"),
        ("PUT", "a.jpg", "tagging", "tagging"),
        ("PUT", "a.jpg", "versionId=null", "versionId"),
        ("PUT", "a.jpg", "partNumber=1", "partNumber"),
        ("POST", "a.jpg", "append&position=0&sequential", "sequential"),
        ("DELETE", "a.jpg", "tagging", "tagging"),
        ("GET", "", "list-type=2&marker=a", "marker"),
        ("GET", "", "start-after=a", "start-after"),
        ("GET", "", "lifecycle", "lifecycle"),
        ("PUT", "", "lifecycle", "lifecycle"),
        ("DELETE", "", "policy", "policy"),
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(
    service: OssService, api: Api, *, method: str, key: str, parameters: str, named: str
) -> None:
    api.put("a.jpg", b"old")
    answer = api.call(method, key, parameters, body=b"new" if method == "PUT" else b"")
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert f"the parameter {named}" in answer.text("Message")
    assert [one.data for one in service.objects("shop")] == [b"old"]


@pytest.mark.parametrize(
    ("method", "parameters", "header"),
    [
        ("PUT", "", "x-oss-tagging"),
        ("PUT", "", "x-oss-server-side-encryption"),
        ("PUT", "", "x-oss-callback"),
        ("PUT", "", "x-oss-unheard-of"),
        ("PUT", "", "x-amz-acl"),
        ("PUT", "", "if-match"),
        ("PUT", "", "if-none-match"),
        ("PUT", "", "range"),
        ("GET", "", "if-range"),
        ("GET", "", "x-oss-meta-colour"),
        ("GET", "", "x-oss-forbid-overwrite"),
        ("HEAD", "", "range"),
        ("DELETE", "", "if-match"),
        ("POST", "append&position=3", "x-oss-traffic-limit"),
        ("POST", "uploads", "x-oss-tagging"),
    ],
)
def test_a_header_that_is_not_understood_is_refused(
    service: OssService, api: Api, method: str, parameters: str, header: str
) -> None:
    api.call("POST", "a.jpg", "append&position=0", body=b"old")
    answer = api.call(method, "a.jpg", parameters, {header: "x"}, b"new" if method != "HEAD" else b"")
    assert answer.status == 501
    if method != "HEAD":
        assert f"the header {header}" in answer.text("Message")
    assert [one.data for one in service.objects("shop")] == [b"old"]


def test_a_header_that_changes_nothing_is_accepted(api: Api) -> None:
    """Those of browsers, of Node's fetch, and of a requester who pays."""
    harmless = {
        "Accept": "*/*",
        "Accept-Language": "*",
        "Accept-Encoding": "gzip",
        "Sec-Fetch-Mode": "cors",
        "Origin": "https://shop.example",
        "Referer": "https://shop.example/",
        "Cache-Control": "no-cache",
        "User-Agent": "curl",
        "x-oss-request-payer": "requester",
    }
    api.put("a.jpg")
    assert [api.call(method, "a.jpg", headers=harmless).status for method in ("GET", "HEAD")] == [200, 200]
    assert api.call("GET", "", "list-type=2", headers=harmless).status == 200


@pytest.mark.parametrize("acl", ["private", "default"])
def test_an_acl_that_lets_nobody_else_in_is_accepted(api: Api, acl: str) -> None:
    assert api.call("PUT", "a.jpg", headers={"x-oss-object-acl": acl}).status == 200
    assert "x-oss-object-acl" not in api.get("a.jpg").headers


@pytest.mark.parametrize("acl", ["public-read", "public-read-write", "x"])
def test_another_acl_is_refused(service: OssService, api: Api, acl: str) -> None:
    answer = api.call("PUT", "a.jpg", headers={"x-oss-object-acl": acl})
    assert (answer.code, answer.text("ArgumentName")) == ("InvalidArgument", "x-oss-object-acl")
    assert service.objects("shop") == []


@pytest.mark.parametrize(
    ("method", "key", "parameters", "body", "code"),
    [
        ("POST", "", "delete", b"<Delete><Object><Key>a.jpg</Key><ETag>x</ETag></Object></Delete>", "NotImplemented"),
        ("POST", "", "delete", b"<Delete></Delete>", "MalformedXML"),
        ("POST", "", "delete", b"<Delete>", "MalformedXML"),
        ("POST", "", "delete", b"<Remove><Object><Key>a.jpg</Key></Object></Remove>", "MalformedXML"),
        ("POST", "", "delete", b"<Delete><Object><Key></Key></Object></Delete>", "InvalidObjectName"),
        ("PUT", "", "versioning", b"<VersioningConfiguration/>", "IllegalVersioningConfigurationException"),
        ("PUT", "", "versioning", b"", "MalformedXML"),
        ("POST", "a.jpg", "restore", b"<RestoreRequest><Days>0</Days></RestoreRequest>", "MalformedXML"),
        ("POST", "a.jpg", "restore", b"<RestoreRequest><Weeks>1</Weeks></RestoreRequest>", "NotImplemented"),
        ("POST", "a.jpg", "uploadId=none", COMPLETE, "NoSuchUpload"),
    ],
)
def test_a_document_that_is_not_understood_is_refused(
    service: OssService, api: Api, *, method: str, key: str, parameters: str, body: bytes, code: str
) -> None:
    api.put("a.jpg", x_oss_storage_class="Archive")
    assert api.call(method, key, parameters, body=body).code == code
    assert [one.key for one in service.objects("shop")] == ["a.jpg"]


@pytest.mark.parametrize(("method", "key"), [("POST", "a.jpg"), ("HEAD", ""), ("POST", "")])
def test_a_method_without_an_operation_is_refused(api: Api, method: str, key: str) -> None:
    api.put("a.jpg")
    assert api.call(method, key).status == 405


def test_a_parameter_given_twice_is_refused(api: Api) -> None:
    """Which of the two counts would depend on who reads it."""
    assert api.call("GET", "", "prefix=a&prefix=b").code == "InvalidArgument"
