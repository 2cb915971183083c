"""``explain`` gives the true verdict for each state that an object can be in, on both clouds."""

import hashlib

import pytest

from imagesearch_ops.exit_codes import ExitCode
from tests.operator.explain.conftest import OTHER_PICTURE, World, check
from tests.support.pictures import encode, jpeg, scene

TEXT = b"only a text\n" * 50


def test_in_the_index(world: World) -> None:
    key = world.upload(world.key(), str_attr="red")
    world.index(key, str_attr="red")
    explained = world.explain(key)
    check(explained, "in the index as it should be", 0, "in_index")
    document = explained.document
    assert document["identity"] == {"product_id": f"p{world.number}", "pic_name": key, "attributes": {}}
    assert document["request"] == {
        "InstanceName": "demo",
        "ProductId": f"p{world.number}",
        "PicName": key,
        "StrAttr": "red",
    }
    assert document["sources"] == {"StrAttr": "metadata"}
    index = document["index"]
    assert (index["exists"], index["entry"]["StrAttr"], index["other_ids"], index["differences"]) == (
        True,
        "red",
        [],
        [],
    )
    picture = document["picture"]
    assert (picture["sniffed"], picture["bytes_in"], picture["bytes_out"]) == ("JPEG", len(jpeg()), len(jpeg()))
    assert picture["sha256"] == hashlib.sha256(jpeg()).hexdigest()
    stored = document["object"]
    assert (stored["found"], stored["size"], stored["metadata"]) == (True, len(jpeg()), {"imagesearch-str-attr": "red"})
    assert stored["etag"].lower() == hashlib.md5(jpeg()).hexdigest()  # noqa: S324 - what an ETag is
    assert document["key"] == {
        "given": key,
        "other_reading": None,
        "read": "as it is written",
        "ours": True,
        "why_not": None,
        "reason": None,
    }
    assert (document["letters"], document["queue"]) == ([], "searched")


def test_in_the_index_with_the_same_picture(world: World) -> None:
    key = world.upload(world.key())
    world.index(key)
    explained = world.explain(key, index=True)
    check(explained, "in the index as it should be", 0, "in_index")
    assert (explained.document["index"]["same_picture"], explained.document["index"]["score"]) == (True, 1.0)


def test_an_older_picture_in_the_index_is_found_by_a_search(world: World) -> None:
    key = world.upload(world.key(), OTHER_PICTURE)
    world.index(key)
    explained = world.explain(key)
    check(explained, "in the index as it should be", 0, "in_index")
    assert explained.document["index"]["same_picture"] is None
    assert any("known only with --index" in note for note in explained.document["notes"])
    check(world.explain(key, index=True), "different: the entry shows another picture", 4, "different")


@pytest.mark.parametrize(
    ("held", "wanted", "difference"),
    [
        ({"str_attr": "red"}, {"str_attr": "blue"}, "StrAttr would be 'blue', and is 'red'"),
        ({"str_attr": "red"}, {}, "StrAttr would be unset, and is 'red'"),
        ({}, {"int_attr_2": "7"}, "IntAttr2 would be 7, and is unset"),
        ({"category_id": 3}, {"category_id": "0"}, "CategoryId would be 0, and is 3"),
        ({"custom_content": "a"}, {"custom_content": "b"}, "CustomContent would be 'b', and is 'a'"),
    ],
)
def test_other_attributes_in_the_index(world: World, held, wanted, difference: str) -> None:
    key = world.upload(world.key(), **wanted)
    world.index(key, **held)
    explained = world.explain(key)
    check(explained, f"different: the entry has other attributes: {difference}", 4, "different")
    assert explained.document["index"]["differences"] == [difference]


@pytest.mark.parametrize(
    ("held", "wanted"),
    [({"category_id": 3}, {}), ({}, {"int_attr": "0"}), ({"int_attr": 0}, {}), ({}, {"crop": "true"})],
)
def test_attributes_that_cannot_be_told_apart_do_not_differ(world: World, held, wanted) -> None:
    key = world.upload(world.key(), **wanted)
    world.index(key, **held)
    check(world.explain(key), "in the index as it should be", 0, "in_index")


def test_a_refused_key(world: World) -> None:
    key = world.upload(world.key("sku.jpg"))
    explained = world.explain(key, INGEST_KEY_TEMPLATE="shop/{product_id}/{pic_name}")
    check(explained, "rejected: key_not_matched: the key does not match the template", 3, "rejected")
    document = explained.document
    assert (document["key"]["ours"], document["key"]["reason"]) == (False, "key_not_matched")
    assert (document["identity"], document["picture"], document["request"]) == (None, None, None)
    assert explained.summary["reason"] == "key_not_matched"


def test_a_key_that_is_too_long(world: World) -> None:
    key = world.upload(f"p{world.number}/{'d' * 200}/{'n' * 60}.jpg")
    check(world.explain(key), "rejected: key_too_long: ", 3, "rejected")


def test_waiting(world: World) -> None:
    key = world.upload(world.key())
    check(world.explain(key), "waiting: younger than 1 h", 0, "waiting")
    check(world.explain(key, hours=0.9), "waiting: younger than 1 h", 0, "waiting")


def test_missing(world: World) -> None:
    key = world.upload(world.key())
    explained = world.explain(key, hours=1.1)
    check(explained, "missing: the index has no entry, and no dead letter says why", 4, "missing")
    if world.is_aws:
        assert explained.document["command"].startswith("aws sqs send-message --queue-url http")
        assert f'"key": "{key}"' in explained.document["command"]


def test_rejected_without_a_letter(world: World) -> None:
    key = world.upload(world.key(), TEXT)
    check(world.explain(key), "rejected: not_an_image: ", 3, "rejected")


def test_a_rejected_picture_whose_earlier_content_is_in_the_index(world: World) -> None:
    key = world.upload(world.key(), TEXT)
    world.index(key)
    explained = world.explain(key)
    check(explained, "rejected: not_an_image: ", 3, "rejected")
    assert "The index holds an entry from earlier content, or from earlier settings." in explained.document["notes"]


def test_excluded(world: World) -> None:
    key = world.upload(world.key("private/x.jpg"))
    explained = world.explain(key, INGEST_EXCLUDE="private/")
    check(explained, "excluded: the exclude pattern 'private/' matches the key", 0, "skipped")
    assert explained.document["key"]["ours"] is False


@pytest.mark.parametrize("settings", [{"INGEST_INCLUDE": "*.png"}, {"INGEST_KEY_PREFIX": "shop/"}])
def test_excluded_by_include_or_prefix(world: World, settings) -> None:
    check(world.explain(world.upload(world.key()), **settings), "excluded: ", 0, "skipped")


def test_excluded_but_still_in_the_index(world: World) -> None:
    key = world.upload(world.key("private/x.jpg"))
    world.index(key)
    explained = world.explain(key, INGEST_EXCLUDE="private/")
    check(explained, "excluded: the exclude pattern 'private/' matches the key, but the index has", 4, "left_over")


def test_names_that_are_never_pictures(world: World) -> None:
    key = world.upload(world.key(".DS_Store"))
    check(world.explain(key), "skipped: never_a_picture: ", 0, "skipped")


@pytest.mark.parametrize("template", ["", "shop/{product_id}/{pic_name}"])
def test_a_folder_marker(world: World, template: str) -> None:
    key = world.upload(world.key("folder/"), b"")
    check(world.explain(key, INGEST_KEY_TEMPLATE=template), "skipped: folder_marker: ", 0, "skipped")


def test_an_object_of_another_bucket(world: World) -> None:
    key = world.upload(world.key())
    world.index(key)
    explained = world.explain(key, INGEST_BUCKET="others")
    check(explained, "skipped: other_bucket: the object is in pictures, and INGEST_BUCKET is others", 0, "skipped")
    assert explained.document["index"] is None


def test_under_another_product_id_of_the_default_rule(world: World) -> None:
    key = world.upload(world.key("sku-1.jpg"))
    world.index(key)
    explained = world.explain(key, INGEST_KEY_TEMPLATE="{_}/{product_id}-{_}.jpg")
    check(explained, "different: the index has it under another ProductId: ProductId p", 4, "different")
    assert [(one["product_id"], one["pic_name"]) for one in explained.document["index"]["other_ids"]] == [
        (f"p{world.number}", key)
    ]


def test_under_any_product_id_is_found_by_a_search(world: World) -> None:
    key = world.upload(world.key())
    world.index(key, product_id=f"elsewhere-{world.number}")
    check(world.explain(key), "waiting", 0, "waiting")
    explained = world.explain(key, index=True)
    check(
        explained,
        f"different: the index has it under another ProductId: ProductId elsewhere-{world.number}",
        4,
        "different",
    )
    (other,) = [one for one in explained.document["index"]["other_ids"] if one["pic_name"] == key]
    assert other["product_id"] == f"elsewhere-{world.number}"
    assert other["score"] == pytest.approx(1.0)


@pytest.mark.parametrize("data", [jpeg(), OTHER_PICTURE])
def test_an_entry_of_another_product_with_the_same_pic_name(world: World, data: bytes) -> None:
    """A shop calls many pictures front.jpg, and some of them are the same placeholder."""
    rule = {"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}
    number, name = world.number, f"front-{world.number}.jpg"
    key, other = world.upload(world.key(name)), world.upload(f"q{number}/{name}", data)
    world.index(other, data=data, pic_name=name)
    check(world.explain(key, index=True, **rule), "waiting", 0, "waiting")
    world.cloud.remove(other)
    same = data == jpeg()
    verdict = "different: the index has it under another ProductId" if same else "waiting"
    check(world.explain(key, index=True, **rule), verdict, 4 if same else 0, "different" if same else "waiting")


def test_gone(world: World) -> None:
    explained = world.explain(world.key())
    check(explained, "gone: the bucket has no such object, and the index has no entry", 4, "gone")
    assert explained.document["object"] == {"found": False, "fault": None}


def test_gone_but_still_in_the_index(world: World) -> None:
    key = world.key()
    world.index(key)
    check(
        world.explain(key),
        "gone: the object is gone from the bucket, but its entry is still in the index",
        4,
        "left_over",
    )
    check(world.explain(key, INGEST_ON_REMOVED="keep"), "kept: ", 0, "kept")


def test_gone_but_in_the_index_under_the_default_rule(world: World) -> None:
    key = world.key("sku-1.jpg")
    world.index(key)
    explained = world.explain(key, INGEST_KEY_TEMPLATE="shop/{product_id}/{pic_name}")
    check(explained, "gone: the object is gone from the bucket, but an entry is, under other IDs", 4, "left_over")


def test_attributes_that_the_service_would_refuse(world: World) -> None:
    key = world.upload(world.key(), category_id="shoes")
    check(world.explain(key), "rejected: category_invalid: ", 3, "rejected")
    key = world.upload(world.key("b.jpg"), str_attr="100%")
    check(world.explain(key), "rejected: attribute_invalid: ", 3, "rejected")
    assert world.explain(key).document["picture"]["sniffed"] == "JPEG"


def test_a_blank_picture(world: World) -> None:
    blank = encode(scene().resize((1, 1)).resize((300, 300)), "PNG")
    key = world.upload(world.key("b.png"), blank)
    world.index(key, data=blank)
    explained = world.explain(key)
    check(explained, "in the index as it should be", 0, "in_index")
    assert explained.document["picture"]["is_blank"] is True
    assert any(step["name"] == "blank" for step in explained.document["picture"]["steps"])
    check(world.explain(key, INGEST_BLANK_PICTURES="reject"), "rejected: image_blank: ", 3, "rejected")


def test_an_object_that_is_too_large(world: World) -> None:
    key = world.upload(world.key())
    check(world.explain(key, INGEST_MAX_SOURCE_MEGABYTES="0.001"), "rejected: object_too_large: ", 3, "rejected")


def test_an_empty_object(world: World) -> None:
    check(world.explain(world.upload(world.key(), b"")), "rejected: object_empty: ", 3, "rejected")


def test_exit_codes_are_those_of_the_help() -> None:
    assert (ExitCode.INCOMPLETE, ExitCode.DRIFT, ExitCode.OUTAGE, ExitCode.OPERATOR_ACTION) == (3, 4, 5, 7)
