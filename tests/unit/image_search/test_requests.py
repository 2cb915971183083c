import pytest
from pydantic import ValidationError

from imagesearch_ingest.attributes import NAMES, Attributes, collect
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, build_add_request
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason
from tests.support.pictures import jpeg

REQUIRED = {"instance_name": "demo", "product_id": "p", "pic_name": "n.jpg", "pic_content": b"x"}


@pytest.mark.parametrize(
    "fields",
    [
        {"instance_name": "i" * 20},
        {"product_id": "鞋" * 256, "pic_name": "é" * 256},
        {"pic_content": b"x" * 4 * 1024 * 1024},
        {"custom_content": "c" * 4096},
        {"str_attr": "s" * 128, "str_attr_4": "汉字 \" ' #"},
        {"int_attr": -5, "int_attr_4": 2**31 - 1},
        {"category_id": 88888888, "crop": False},
        {"region": "280,486,232,351"},  # the reference's example: x1,x2,y1,y2
    ],
)
def test_documented_values_are_accepted(fields: dict) -> None:
    assert AddImageRequest(**REQUIRED | fields).model_dump(exclude_none=True) == REQUIRED | fields


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"instance_name": "i" * 21}, "instance_name"),
        ({"instance_name": ""}, "instance_name"),
        ({"product_id": "p" * 257}, "product_id"),
        ({"product_id": ""}, "product_id"),
        ({"pic_name": "n" * 257}, "pic_name"),
        ({"pic_content": b""}, "pic_content"),
        ({"pic_content": b"x" * (4 * 1024 * 1024 + 1)}, "pic_content"),
        ({"custom_content": "c" * 4097}, "custom_content"),
        ({"str_attr_3": "s" * 129}, "str_attr_3"),
        *(({"str_attr": f"a{character}b"}, "str_attr") for character in "\\¥$&%"),
        ({"int_attr_2": "12"}, "int_attr_2"),
        ({"int_attr": 1.5}, "int_attr"),
        ({"int_attr_4": 2**31}, "int_attr_4"),
        ({"region": "1,2,3"}, "region"),
        ({"region": "-1,2,3,4"}, "region"),
        ({"region": "\N{ARABIC-INDIC DIGIT ONE},2,3,4"}, "region"),
        ({"category_id": 2**31}, "category_id"),
        ({"category_id": "4"}, "category_id"),
        ({"region": "280,232,486,351"}, "x1 < x2"),
        ({"region": "1,2,3,4", "crop": True}, "Region and Crop"),
        ({"pic_url": "http://example.com/a.jpg"}, "pic_url"),
    ],
)
def test_forbidden_values_are_refused_by_name(fields: dict, named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        AddImageRequest(**REQUIRED | fields)


def test_a_delete_requires_the_picture() -> None:
    """Without PicName the service deletes the whole product."""
    with pytest.raises(ValidationError, match="pic_name"):
        DeleteImageRequest(instance_name="demo", product_id="p")


def test_requests_are_frozen() -> None:
    with pytest.raises(ValidationError):
        AddImageRequest(**REQUIRED).pic_name = "other"


def test_the_picture_is_not_in_the_repr() -> None:
    assert "x'" not in repr(AddImageRequest(**REQUIRED))


ALL = Attributes(
    category_id=4,
    custom_content="c",
    crop=False,
    **{f"int_attr{n}": -1 for n in ("", "_2", "_3", "_4")},
    **{f"str_attr{n}": "s" for n in ("", "_2", "_3", "_4")},
)


def test_every_attribute_has_its_own_field() -> None:
    image = prepare(jpeg(320, 200), Policy())
    identity = ImageIdentity("p", "n.jpg", {"str_attr": "groups are collected before, and ignored here"})
    request = build_add_request("demo", identity, image, ALL)
    ids = {"instance_name": "demo", "product_id": "p", "pic_name": "n.jpg", "pic_content": image.data}
    assert request.model_dump(exclude_none=True) == ids | ALL.given()
    assert ALL.given().keys() == set(NAMES) - {"region"}


def test_attributes_are_optional() -> None:
    request = build_add_request("demo", ImageIdentity("p", "n.jpg"), prepare(jpeg(320, 200), Policy()))
    assert request.model_fields_set == {"instance_name", "product_id", "pic_name", "pic_content"}


def test_collected_attributes_make_a_valid_request() -> None:
    metadata = {"imagesearch-region": "0,320,0,200", "imagesearch-crop": "true", "imagesearch-int-attr-4": "2147483647"}
    attributes = collect(metadata, {"str_attr": "s" * 128}, {"custom_content": "c" * 4096})
    request = build_add_request("demo", ImageIdentity("p", "n.jpg"), prepare(jpeg(320, 200), Policy()), attributes)
    assert (request.region, request.crop) == ("0,320,0,200", None)


def test_a_request_validates_attributes_again() -> None:
    image = prepare(jpeg(320, 200), Policy())
    with pytest.raises(IngestError) as error:
        build_add_request("demo", ImageIdentity("p", "n.jpg"), image, Attributes(str_attr_3="s" * 129))
    assert error.value.reason is Reason.ATTRIBUTE_INVALID
    assert error.value.detail == "str_attr_3: String should have at most 128 characters (its length is 129)"
