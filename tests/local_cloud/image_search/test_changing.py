"""UpdateImage, and DeleteImage by a filter, through the SDK."""

from collections.abc import Callable
from pathlib import Path

import pytest

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import Api, picture, refusal


def _attributes(api: Api) -> dict[str, dict[str, object]]:
    return {entry.pic_name: entry.attributes for entry in api.service.entries()}


def test_an_update_changes_attributes_and_keeps_the_others(api: Api) -> None:
    api.add(picture(), "shoe", "left", str_attr="red", int_attr=1, category_id=4, region="0,10,0,10")
    changes = {"custom_content": "new", "int_attr": 0, "int_attr_3": 3, "str_attr_2": "", "str_attr_4": "靴"}
    updated = api.call("update_image", product_id="shoe", pic_name="left", **changes)
    assert (updated.code, updated.message, updated.success) == (0, "success", True)
    assert _attributes(api)["left"] == {
        "StrAttr": "red",
        "IntAttr": 0,
        "CategoryId": 4,
        "Region": "0,10,0,10",
        "CustomContent": "new",
        "IntAttr3": 3,
        "StrAttr2": "",
        "StrAttr4": "靴",
    }
    assert api.service.entries()[0].picture == picture()


def test_an_update_without_a_name_changes_the_product(api: Api) -> None:
    for product, name in (("shoe", "left"), ("shoe", "right"), ("hat", "front")):
        api.add(picture(), product, name)
    api.call("update_image", product_id="shoe", int_attr=7)
    assert _attributes(api) == {"left": {"IntAttr": 7}, "right": {"IntAttr": 7}, "front": {}}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "NoSpecifiedProductId"),
        ({"product_id": "hat"}, "PicNotExist"),
        ({"product_id": "shoe", "pic_name": "right"}, "PicNotExist"),
        ({"product_id": "shoe", "pic_name": ""}, "InvalidPicName"),
        ({"product_id": "shoe", "int_attr": 2**31}, "InvalidIntAttr"),
        ({"product_id": "shoe", "str_attr_3": "x" * 129}, "InvalidStrAttr3"),
        ({"product_id": "shoe", "custom_content": "x" * 4097}, "InvalidCustomContent"),
    ],
)
def test_an_invalid_update_changes_nothing(api: Api, wrong: dict[str, object], code: str) -> None:
    api.add(picture(), "shoe", "left", int_attr=1)
    assert refusal(lambda: api.call("update_image", **{"str_attr": "new"} | wrong)) == (code, 400)
    assert _attributes(api) == {"left": {"IntAttr": 1}}


def test_an_update_survives_a_restart(make_service: Callable[..., ImageSearchService], tmp_path: Path) -> None:
    api = Api(make_service(state_dir=tmp_path))
    api.add(picture(), "shoe", "left")
    api.call("update_image", product_id="shoe", str_attr="new")
    api.service.close()
    again = Api(make_service(state_dir=tmp_path))
    assert _attributes(again) == {"left": {"StrAttr": "new"}}
    assert again.search(picture()).auctions[0].score == 1


def test_a_filter_deletes_what_it_finds(api: Api) -> None:
    for number in range(4):
        api.add(picture(), f"product{number}", f"{number}.jpg", int_attr=number)
    deleted = api.delete(None, is_delete_by_filter=True, filter="int_attr>=1 AND int_attr<3")
    assert sorted(deleted.data.pic_names) == ["1.jpg", "2.jpg"]
    assert sorted(_attributes(api)) == ["0.jpg", "3.jpg"]
    assert api.delete(None, is_delete_by_filter=True, filter="int_attr=9").data.pic_names == []


def test_a_filter_is_ignored_unless_the_delete_is_by_filter(api: Api) -> None:
    api.add(picture(), "shoe", "left", int_attr=1)
    api.add(picture(), "hat", "front", int_attr=1)
    assert api.delete("shoe", filter="int_attr=1").data.pic_names == ["left"]
    assert refusal(lambda: api.delete(None, filter="int_attr=1")) == ("NoSpecifiedProductId", 400)
    assert list(_attributes(api)) == ["front"]
