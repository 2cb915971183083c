"""Lines of increment.meta, and the keys that it cannot hold."""

import pytest

from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ops.backfill.bulk.lines import make_line, why_left

IDS = {"instance_name": "demo", "product_id": "1000", "pic_name": "a/b.jpg", "pic_content": b"x"}


def test_a_line_has_the_documented_names_of_all_attributes() -> None:
    request = AddImageRequest(
        **IDS,
        category_id=0,
        region="1,2,3,4",
        custom_content="k:v",
        **{f"int_attr{n}": 0 for n in ("", "_2", "_3", "_4")},
        **{f"str_attr{n}": "s" for n in ("", "_2", "_3", "_4")},
    )
    assert make_line(request) == {
        "OperationType": "ADD",
        "ProductId": "1000",
        "PicName": "a/b.jpg",
        "CategoryId": 0,
        "Region": "1,2,3,4",
        "CustomContent": "k:v",
        **{f"IntAttr{n}": 0 for n in ("", 2, 3, 4)},
        **{f"StrAttr{n}": "s" for n in ("", 2, 3, 4)},
    }


def test_cropping_is_what_happens_without_a_word() -> None:
    assert make_line(AddImageRequest(**IDS, crop=True)) == make_line(AddImageRequest(**IDS))
    assert make_line(AddImageRequest(**IDS, crop=False)) is None


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("a/b.jpg", None),
        ("a.b/c.jpg ", None),
        (".a.jpg", None),
        ("folder/increment.meta", None),
        ("increment.meta", "name_taken"),
        ("imagesearch-ingest.run", "name_taken"),
        ("a.jpg/", "slash"),
        ("/a.jpg", "slash"),
        ("a", "no_extension"),
        ("a.b/c", "no_extension"),
        ("a/.jpg", "no_extension"),
        ("a/b.", "no_extension"),
    ],
)
def test_keys_that_no_line_can_hold(key: str, why: str | None) -> None:
    assert why_left(key) == why
