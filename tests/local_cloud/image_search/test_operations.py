"""Add, overwrite, delete, look up and search, through the SDK."""

import asyncio
import io

import pytest
from alibabacloud_imagesearch20201214 import models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import INSTANCE, Api, code_and_status, picture

ATTRIBUTES = {
    "CustomContent": "k:v, ü, 靴",
    "IntAttr": 0,
    "IntAttr2": -7,
    "IntAttr3": 2**31 - 1,
    "IntAttr4": 4,
    "StrAttr": "",
    "StrAttr2": "a/b=c+d",
    "StrAttr3": "x" * 128,
    "StrAttr4": "靴",
    "CategoryId": 4,
    "Crop": False,
}


def test_an_added_picture_is_stored_with_its_attributes(api: Api) -> None:
    data = picture("PNG", (200, 101))
    names = models.AddImageAdvanceRequest().from_map(ATTRIBUTES).__dict__
    body = api.add(data, "a/ü &", "a/ü &/1.png", **{name: value for name, value in names.items() if value is not None})
    (entry,) = api.service.entries()
    assert (body.success, body.code, body.message) == (True, 0, "success")
    assert (entry.product_id, entry.pic_name, entry.picture) == ("a/ü &", "a/ü &/1.png", data)
    assert (entry.format, entry.width, entry.height) == ("PNG", 200, 101)
    assert entry.attributes == ATTRIBUTES


def test_an_add_returns_category_and_region(api: Api) -> None:
    given = api.add(picture(), category_id=4, region="10,20,30,40")
    assert (given.pic_info.category_id, given.pic_info.region) == (4, "10,20,30,40")
    chosen = api.add(picture())
    assert (chosen.pic_info.category_id, chosen.pic_info.region) == (88888888, "0,160,0,120")
    assert chosen.pic_info.multi_region[0].region == "0,160,0,120"
    assert chosen.pic_info.all_categories[0].id == 88888888


def test_the_asynchronous_client_works_too(api: Api) -> None:
    request = models.AddImageAdvanceRequest(instance_name=INSTANCE, product_id="p", pic_name="n")
    request.pic_content_object = io.BytesIO(picture())
    body = asyncio.run(api.client.add_image_advance_async(request, api.runtime)).body
    assert body.success is True
    assert len(api.service.entries()) == 1


def test_the_same_ids_overwrite(api: Api) -> None:
    api.add(picture(), str_attr="old")
    api.add(picture("PNG"), int_attr=1)
    (entry,) = api.service.entries()
    assert entry.format == "PNG"
    assert entry.attributes == {"IntAttr": 1}


def test_a_refused_overwrite_keeps_the_old_picture(api: Api) -> None:
    api.add(picture())
    with pytest.raises(AlibabaCloudException):
        api.add(b"not a picture")
    assert [entry.picture for entry in api.service.entries()] == [picture()]


def test_deleting_by_name_deletes_one_picture(api: Api) -> None:
    for name in ("left", "right"):
        api.add(picture(), "shoe", name)
    assert api.delete("shoe", "left").data.pic_names == ["left"]
    assert [entry.pic_name for entry in api.service.entries()] == ["right"]


def test_deleting_without_a_name_deletes_the_product(api: Api) -> None:
    for product, name in (("shoe", "left"), ("shoe", "right"), ("hat", "left")):
        api.add(picture(), product, name)
    assert api.delete("shoe").data.pic_names == ["left", "right"]
    assert [entry.product_id for entry in api.service.entries()] == ["hat"]


@pytest.mark.parametrize("pic_name", [None, "left"])
def test_deleting_a_missing_picture_succeeds(api: Api, pic_name: str | None) -> None:
    body = api.delete("shoe", pic_name)
    assert (body.success, body.code, body.message, body.data.pic_names) == (True, 0, "success", [])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"product_id": None}, "NoSpecifiedProductId"),
        ({"product_id": "p", "pic_name": ""}, "InvalidPicName"),
        ({"product_id": None, "is_delete_by_filter": True}, "InvalidFilterClause"),
        ({"product_id": None, "is_delete_by_filter": True, "filter": "int_attr in (1)"}, "InvalidFilterClause"),
    ],
)
def test_an_invalid_delete_is_refused(api: Api, wrong: dict[str, object], code: str) -> None:
    with pytest.raises(AlibabaCloudException) as refused:
        api.delete(**wrong)
    assert code_and_status(refused.value) == (code, 400)


def test_a_picture_is_found_by_its_ids(api: Api) -> None:
    api.add(picture(), "shoe", "left", custom_content="mine", category_id=4)
    found = api.exists("shoe", "left")
    assert (found.success, found.exists, found.msg) == (True, True, "success")
    assert found.auctions.to_map() == {
        "ProductId": "shoe",
        "PicName": "left",
        "CustomContent": "mine",
        "CategoryId": 4,
    }
    assert api.exists("shoe", "right").exists is False


def test_capacity_is_reported_in_units_of_ten_thousand(api: Api) -> None:
    api.add(picture())
    body = api.detail()
    assert body.success is True
    assert (body.instance.name, body.instance.region) == (INSTANCE, "ap-southeast-1")
    assert (body.instance.capacity, body.instance.total_count, body.instance.qps) == (10, 1, 5)
    assert int(body.instance.utc_expire_time) > int(body.instance.utc_create)


def _four_corners(api: Api) -> None:
    for corner in range(4):
        api.add(picture(corner=corner), f"product{corner // 2}", f"corner{corner}", int_attr=corner)


def test_a_search_ignores_size_and_format(api: Api) -> None:
    _four_corners(api)
    found = api.search(picture("PNG", (640, 480), corner=1))
    best = found.auctions[0]
    assert (best.product_id, best.pic_name, best.int_attr, best.category_id) == ("product0", "corner1", 1, 88888888)
    scores = [one.score for one in found.auctions]
    assert best.score > 0.9
    assert scores == sorted(scores, reverse=True)
    assert (found.head.docs_found, found.head.docs_return, found.msg) == (4, 4, "success")


def test_a_search_honours_start_and_num(api: Api) -> None:
    _four_corners(api)
    everything = [one.pic_name for one in api.search(picture()).auctions]
    page = api.search(picture(), start=1, num=2)
    assert [one.pic_name for one in page.auctions] == everything[1:3]
    assert (page.head.docs_found, page.head.docs_return) == (2, 4)


def test_a_search_can_be_narrowed(api: Api) -> None:
    _four_corners(api)
    api.add(picture(), "other", "other", category_id=3)
    assert [one.pic_name for one in api.search(picture(), category_id=3).auctions] == ["other"]
    distinct = [one.product_id for one in api.search(picture(), distinct_product_id=True).auctions]
    assert sorted(distinct) == ["other", "product0", "product1"]
    assert {one.pic_name for one in api.search(picture(), score_threshold="0.99").auctions} == {"corner0", "other"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"num": 0}, "InvalidNumParameter"),
        ({"num": 101}, "OverflowMaxReturnNum"),
        ({"start": -1}, "InvalidStartParameter"),
        ({"start": 495, "num": 10}, "OverflowMaxResultNum"),
        ({"filter": "int_attr!=1"}, "InvalidFilterClause"),
        ({"category_id": 10}, "InvalidCategory"),
        ({"region": "0,9999,0,10"}, "InvalidRegion"),
        ({"score_threshold": "high"}, "BadRequest"),
    ],
)
def test_an_invalid_search_is_refused(api: Api, wrong: dict[str, object], code: str) -> None:
    with pytest.raises(AlibabaCloudException) as refused:
        api.search(picture(), **wrong)
    assert code_and_status(refused.value) == (code, 400)


def test_a_search_without_a_picture_is_refused(api: Api) -> None:
    request = models.SearchImageByPicRequest(instance_name=INSTANCE)
    with pytest.raises(AlibabaCloudException) as refused:
        api.client.search_image_by_pic_with_options(request, api.runtime)
    assert refused.value.code == "NoSpecifiedPic"


def test_calls_are_listed_with_leg_and_code(service: ImageSearchService, api: Api) -> None:
    api.add(picture())
    with pytest.raises(AlibabaCloudException):
        api.detail("other")
    assert [(call.leg, call.code) for call in service.calls] == [
        ("authorize", "OK"),
        ("upload", "OK"),
        ("add", "OK"),
        ("detail", "Console.InstanceNotFound"),
    ]
    assert sorted(call.time for call in service.calls) == [call.time for call in service.calls]
