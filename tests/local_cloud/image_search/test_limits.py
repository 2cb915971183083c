"""The limits of AddImage and their codes (AddImage reference)."""

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from tests.local_cloud.image_search.api import Api, Raw, code_and_status, picture

TOO_LONG_ID = "x" * 257


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"instance_name": "other"}, "InvalidInstance"),
        ({"instance_name": None}, "InvalidInstanceName"),
        ({"product_id": None}, "NoSpecifiedProductId"),
        ({"product_id": ""}, "InvalidProductId"),
        ({"product_id": TOO_LONG_ID}, "InvalidProductId"),
        ({"pic_name": None}, "NoSpecifiedPicName"),
        ({"pic_name": ""}, "InvalidPicName"),
        ({"pic_name": TOO_LONG_ID}, "InvalidPicName"),
        ({"custom_content": "x" * 4097}, "InvalidCustomContent"),
        ({"int_attr": "1.5"}, "InvalidIntAttr"),
        ({"int_attr_2": "two"}, "InvalidIntAttr2"),
        ({"int_attr_3": ""}, "InvalidIntAttr3"),
        ({"int_attr_4": 2**31}, "InvalidIntAttr4"),
        ({"str_attr": "x" * 129}, "InvalidStrAttr"),
        ({"str_attr": "back\\slash"}, "InvalidStrAttr"),
        ({"str_attr_2": "¥"}, "InvalidStrAttr2"),
        ({"str_attr_3": "$"}, "InvalidStrAttr3"),
        ({"str_attr_4": "a&b"}, "InvalidStrAttr4"),
        ({"str_attr_4": "100%"}, "InvalidStrAttr4"),
        ({"category_id": 10}, "InvalidCategory"),
        ({"category_id": -1}, "InvalidCategory"),
        ({"category_id": "shoes"}, "InvalidCategory"),
        ({"crop": "maybe"}, "BadRequest"),
        ({"region": "1,2,3"}, "InvalidRegion"),
        ({"region": "-1,10,0,10"}, "InvalidRegion"),
        ({"region": "20,10,0,10"}, "InvalidRegion"),
        ({"region": "0,161,0,10"}, "InvalidRegion"),
        ({"region": "0,10,0,121"}, "InvalidRegion"),
    ],
)
def test_a_parameter_beyond_its_limit_is_refused(api: Api, wrong: dict[str, object], code: str) -> None:
    with pytest.raises(AlibabaCloudException) as refused:
        api.add(picture(), **wrong)
    assert code_and_status(refused.value) == (code, 400)
    assert api.service.entries() == []


def test_a_parameter_at_its_limit_is_accepted(api: Api) -> None:
    longest = {"product_id": "靴" * 256, "pic_name": "ü" * 256, "custom_content": "x" * 4096, "str_attr": "x" * 128}
    assert api.add(picture(), **longest, region="0,160,0,120", int_attr=-(2**31)).success is True


@pytest.mark.parametrize("category", [0, 9, 20, 21, 22, 88888888])
def test_a_documented_category_is_accepted(api: Api, category: int) -> None:
    assert api.add(picture(), category_id=category).pic_info.category_id == category


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (None, "NoSpecifiedPic"),
        ("https://example.com/shoe.jpg", "InvalidPicUrl"),
        ("/9j/4AAQSkZJRg==", "InvalidPicUrl"),
        ("http://viapi-customer-temp.oss-cn-shanghai.aliyuncs.com/imagesearch/none", "PictureError"),
    ],
)
def test_an_unknown_picture_url_is_refused(api: Api, url: str | None, code: str) -> None:
    with pytest.raises(AlibabaCloudException) as refused:
        api.add_by_url(url)
    assert code_and_status(refused.value) == (code, 400)
    if code == "PictureError":
        assert refused.value.data["Message"] == "[download] Img Download Failed."


def test_an_upload_can_be_added_twice(api: Api, raw: Raw) -> None:
    granted = raw.authorize()
    assert raw.upload(granted, picture()).status_code == 201
    url = f"http://{granted['Bucket']}.{granted['Endpoint']}/{granted['ObjectKey']}"
    assert api.add_by_url(url).success is True
    assert api.add_by_url(url).success is True


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (picture("BMP", (1300, 1100)), "InvalidPicContent"),
        (b"", "UnsupportedPicFormat"),
        (picture()[:-900], "UnsupportedPicFormat"),
        (picture("PNG", (99, 200)), "UnsupportedPicPixels"),
    ],
)
def test_a_picture_beyond_the_limits_is_refused(api: Api, data: bytes, code: str) -> None:
    with pytest.raises(AlibabaCloudException) as refused:
        api.add(data)
    assert code_and_status(refused.value) == (code, 400)
    assert api.service.entries() == []


def test_an_undocumented_parameter_is_refused(raw: Raw) -> None:
    refused = raw.api("AddImage", b"InstanceName=demo&Sort=1", "application/x-www-form-urlencoded")
    assert (refused.status_code, refused.json()["Code"]) == (400, "BadRequest")
    assert "Sort" in refused.json()["Message"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"InstanceName=demo&InstanceName=demo", "application/x-www-form-urlencoded"),
        (b'{"InstanceName": "demo"}', "application/json"),
    ],
)
def test_a_body_must_be_a_plain_form(raw: Raw, body: bytes, content_type: str) -> None:
    assert raw.api("AddImage", body, content_type).json()["Code"] == "BadRequest"


def test_an_unknown_operation_is_not_found(raw: Raw) -> None:
    refused = raw.api("MoveImage", b"InstanceName=demo", "application/x-www-form-urlencoded")
    assert (refused.status_code, refused.json()["Code"]) == (404, "InvalidAction.NotFound")
    assert raw.send(raw.headers("AddImage")).json()["Code"] == "InvalidAction.NotFound"


def test_another_version_of_the_api_is_refused(raw: Raw) -> None:
    refused = raw.api("AddImage", b"", "application/x-www-form-urlencoded", version="2019-03-25")
    assert (refused.status_code, refused.json()["Code"]) == (400, "InvalidVersion")
