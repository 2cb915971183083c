"""Search by name, by text and by filter, and compare two pictures, through the SDK."""

import io

import pytest
from darabonba.model import DaraModel
from PIL import Image, ImageDraw

from tests.local_cloud.image_search.api import Api, Raw, picture, refusal


def _scene(seed: int, size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Return a picture of rectangles that differs from those of other seeds."""
    image = Image.new("RGB", size, (seed * 40 % 256, 90, 200))
    draw = ImageDraw.Draw(image)
    for place in range(6):
        left, top = (seed * 97 + place * 71) % 440, (seed * 53 + place * 29) % 260
        colour = ((seed * 61 + place * 83) % 256, (seed * 17 + place * 131) % 256, place * 40)
        draw.rectangle((left, top, left + 150, top + 90), colour)
    return image


def _encode(image: Image.Image, kind: str = "PNG", **save: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **save)
    return buffer.getvalue()


def _names(body: DaraModel) -> list[str]:
    return [one.pic_name for one in body.auctions]


def _given_names(model: DaraModel) -> set[str]:
    """Return the names of a response's fields, those within lists and objects with a dot."""
    names: set[str] = set()
    for name, value in model.to_map().items():
        inner = value if isinstance(value, list) else [value]
        names |= {f"{name}.{one}" for item in inner if isinstance(item, dict) for one in item} or {name}
    return names


AUCTION = {
    f"Auctions.{name}" for name in ("ProductId", "PicName", "CategoryId", "CustomContent", "IntAttr", "StrAttr2")
}
TEXTS = {"Code", "Msg", "RequestId", "Success"}
HEAD = {"Head.DocsFound", "Head.DocsReturn", "Head.SearchTime"}
PIC_INFO = {f"PicInfo.{name}" for name in ("CategoryId", "Region", "AllCategories", "MultiRegion")}


def test_every_answer_has_the_fields_of_the_sdks_model(api: Api) -> None:
    api.add(picture(), "shoe", "left.jpg", custom_content="red", int_attr=7, str_attr_2="leather", category_id=4)
    by_name = api.call("search_image_by_name", product_id="shoe", pic_name="left.jpg")
    assert _given_names(by_name) == TEXTS | AUCTION | {"Auctions.Score"} | HEAD | PIC_INFO
    assert _given_names(api.search(picture())) == _given_names(by_name)
    by_text = api.call("search_image_by_text", text="red")
    assert _given_names(by_text) == TEXTS | AUCTION | {"Auctions.Score"} | HEAD | {"PicInfo.AllCategories"}
    by_filter = api.call("search_image_by_filter", filter="int_attr=7")
    assert _given_names(by_filter) == TEXTS | AUCTION
    assert (by_filter.auctions[0].int_attr, by_filter.auctions[0].str_attr_2) == (7, "leather")


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_smaller_reencoded_copy_is_found(api: Api, degrees: int) -> None:
    for seed in range(12):
        api.add(_encode(_scene(seed)), "scene", f"{seed}.png")
    copy = _scene(5).resize((240, 150)).rotate(degrees, expand=True)
    found = api.search(_encode(copy, "JPEG", quality=60))
    assert _names(found)[0] == "5.png"
    assert found.auctions[0].score > 0.95
    assert found.auctions[0].score - found.auctions[1].score > 0.05


def test_an_exact_copy_scores_one_and_a_turned_one_less(api: Api) -> None:
    api.add(_encode(_scene(1)), "scene", "upright.png")
    api.add(_encode(_scene(1).rotate(180)), "scene", "turned.png")
    found = api.search(_encode(_scene(1)))
    assert _names(found) == ["upright.png", "turned.png"]
    assert found.auctions[0].score == 1
    assert 0.98 < found.auctions[1].score < 1


def test_a_search_by_name_starts_with_the_picture_itself(api: Api) -> None:
    for seed in range(3):
        api.add(_encode(_scene(seed)), "scene", f"{seed}.png", region="0,100,0,50")
    found = api.call("search_image_by_name", product_id="scene", pic_name="2.png", num=2)
    assert (_names(found)[0], found.auctions[0].score) == ("2.png", 1)
    assert (found.head.docs_found, found.head.docs_return) == (2, 3)
    assert found.pic_info.region == "0,100,0,50"


def test_a_search_by_the_name_of_no_picture_is_refused(api: Api) -> None:
    api.add(picture(), "shoe", "left.jpg")
    assert refusal(lambda: api.call("search_image_by_name", product_id="shoe", pic_name="x")) == ("PicNotExist", 400)
    assert refusal(lambda: api.call("search_image_by_name", product_id="shoe")) == ("NoSpecifiedPicName", 400)
    assert refusal(lambda: api.call("search_image_by_name", pic_name="x")) == ("NoSpecifiedProductId", 400)


@pytest.mark.parametrize("operation", ["pic", "name", "text"])
def test_every_search_is_narrowed(api: Api, operation: str) -> None:
    for number in range(4):
        api.add(picture(), f"product{number // 2}", f"{number}.jpg", int_attr=number, str_attr="red")

    def search(**narrowed: object) -> list[str]:
        if operation == "pic":
            return _names(api.search(picture(), **narrowed))
        if operation == "name":
            ids = {"product_id": "product0", "pic_name": "0.jpg"}
            return _names(api.call("search_image_by_name", **ids, **narrowed))
        return _names(api.call("search_image_by_text", text="red", **narrowed))

    assert search() == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert search(filter='int_attr>0 AND str_attr="red"') == ["1.jpg", "2.jpg", "3.jpg"]
    assert search(filter="int_attr>0", distinct_product_id=True) == ["1.jpg", "2.jpg"]
    assert search(start=1, num=2) == ["1.jpg", "2.jpg"]
    assert search(score_threshold="1.00", start=3) == ["3.jpg"]


@pytest.mark.parametrize("score", ["1.01", "-0.1", "0.123", "1e-1", "nan", ""])
def test_a_score_has_two_decimals_from_0_to_1(api: Api, score: str) -> None:
    assert refusal(lambda: api.search(picture(), score_threshold=score)) == ("BadRequest", 400)


def test_a_text_finds_words_of_ids_and_attributes(api: Api) -> None:
    api.add(picture(), "shoe-1", "left.jpg", custom_content="Red leather boot")
    api.add(picture(), "shoe-2", "red.jpg", str_attr_3="canvas")
    api.add(picture(), "hat", "hat.jpg", str_attr="红色皮靴")
    found = api.call("search_image_by_text", text="RED boot")
    assert [(one.pic_name, one.score) for one in found.auctions] == [("left.jpg", 1), ("red.jpg", 0.5)]
    assert (found.head.docs_found, found.head.docs_return) == (2, 2)
    assert _names(api.call("search_image_by_text", text="canvas")) == ["red.jpg"]
    assert _names(api.call("search_image_by_text", text="皮靴")) == ["hat.jpg"]
    assert _names(api.call("search_image_by_text", text="nothing")) == []


@pytest.mark.parametrize(
    ("text", "code"), [(None, "InvalidText"), (" .", "InvalidText"), ("x" * 513, "InvalidTextLength")]
)
def test_an_invalid_text_is_refused(api: Api, text: str | None, code: str) -> None:
    assert refusal(lambda: api.call("search_image_by_text", text=text)) == (code, 400)


def test_a_text_of_512_characters_is_accepted(api: Api) -> None:
    assert api.call("search_image_by_text", text="靴" * 512).success is True


def test_a_filter_lists_page_by_page(api: Api) -> None:
    for number in range(5):
        api.add(picture(), "shoe", f"{number}.jpg", int_attr=number)
    listed = api.call("search_image_by_filter", filter="int_attr in (1,3,4)", start=1, num=1)
    assert _names(listed) == ["3.jpg"]
    assert _names(api.call("search_image_by_filter", filter="int_attr in (1,3,4)", start=3)) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "InvalidFilterClause"),
        ({"filter": "int_attr="}, "InvalidFilterClause"),
        ({"filter": "int_attr=1", "num": 101}, "OverflowMaxReturnNum"),
        ({"filter": "int_attr=1", "start": 500}, "OverflowMaxResultNum"),
    ],
)
def test_an_invalid_listing_is_refused(api: Api, wrong: dict[str, object], code: str) -> None:
    assert refusal(lambda: api.call("search_image_by_filter", **wrong)) == (code, 400)


def test_two_pictures_are_compared(api: Api) -> None:
    same = api.compare(_encode(_scene(3)), _encode(_scene(3)))
    assert (same.code, same.msg, same.success, same.score) == (0, "success", True, 1)
    assert api.compare(_encode(_scene(3)), _encode(_scene(4))).score < 0.95
    assert api.service.entries() == []


@pytest.mark.parametrize(
    ("given", "code"),
    [("secondary_pic_content", "InvalidPrimaryPicContent"), ("primary_pic_content", "InvalidSecondaryPicContent")],
)
def test_a_comparison_needs_both_pictures(api: Api, raw: Raw, given: str, code: str) -> None:
    granted = raw.authorize()
    raw.upload(granted, picture())
    url = f"http://{granted['Bucket']}.{granted['Endpoint']}/{granted['ObjectKey']}"
    assert refusal(lambda: api.call("compare_similar_by_image", **{given: url})) == (code, 400)


def test_a_comparison_refuses_what_an_add_refuses(api: Api) -> None:
    assert refusal(lambda: api.compare(picture(), picture("PNG", (99, 200)))) == ("UnsupportedPicPixels", 400)
