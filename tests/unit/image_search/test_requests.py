import pytest
from pydantic import ValidationError

from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest

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
def test_what_the_reference_allows_is_allowed(fields: dict) -> None:
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
        ({"region": "280,232,486,351"}, "x1 < x2"),
        ({"region": "1,2,3,4", "crop": True}, "Region and Crop"),
        ({"pic_url": "http://example.com/a.jpg"}, "pic_url"),
    ],
)
def test_what_the_reference_forbids_is_refused_and_named(fields: dict, named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        AddImageRequest(**REQUIRED | fields)


def test_a_delete_always_names_the_picture() -> None:
    """Without PicName the service deletes the whole product."""
    with pytest.raises(ValidationError, match="pic_name"):
        DeleteImageRequest(instance_name="demo", product_id="p")


def test_requests_are_values() -> None:
    with pytest.raises(ValidationError):
        AddImageRequest(**REQUIRED).pic_name = "other"


def test_the_picture_stays_out_of_tracebacks_and_logs() -> None:
    assert "x'" not in repr(AddImageRequest(**REQUIRED))
