"""Each object of a listing is judged by its key, as the function does it."""

import json

import pytest

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.key_judge import KeyJudge, Refusal
from imagesearch_ops.plan.census import Census


def a_listed(key: str, size: int = 5, storage_class: str = "STANDARD") -> ListedObject:
    return ListedObject(key, size, "e", storage_class)


def judge(listed: ListedObject, **settings: str) -> str:
    verdict = KeyJudge(read_local_settings({f"INGEST_{name.upper()}": text for name, text in settings.items()})).judge(
        listed
    )
    return verdict.reason.code if isinstance(verdict, Refusal) else f"{verdict.product_id}|{verdict.pic_name}"


@pytest.mark.parametrize(
    ("key", "size", "settings", "expected"),
    [
        ("shop/1.jpg", 5, {}, "shop|shop/1.jpg"),
        ("shop/", 0, {}, "folder_marker"),
        ("shop/", 3, {}, "shop|shop/"),
        ("shop/", 0, {"key_template": "x/{product_id}"}, "folder_marker"),
        ("shop/Thumbs.db", 5, {}, "never_a_picture"),
        ("shop/1.gif", 5, {"exclude": "*.gif"}, "excluded"),
        ("shop/1.gif", 5, {"key_prefix": "other/"}, "excluded"),
        ("shop/1.jpg", 5, {"key_template": "{product_id}.png"}, "key_not_matched"),
        ("x" * 300, 5, {}, "key_too_long"),
        (
            "bag/1.jpg",
            5,
            {"key_template": "{category_word}/{product_id}.jpg", "category_words": "bag:4"},
            "1|bag/1.jpg",
        ),
        (
            "hat/1.jpg",
            5,
            {"key_template": "{category_word}/{product_id}.jpg", "category_words": "bag:4"},
            "category_invalid",
        ),
        ("x/1.jpg", 5, {"key_template": "{int_attr}/{product_id}.jpg"}, "attribute_invalid"),
    ],
)
def test_a_key_is_judged_as_the_function_does(key: str, size: int, settings: dict[str, str], expected: str) -> None:
    assert judge(a_listed(key, size), **settings) == expected


def fill() -> Census:
    census = Census()
    judged = KeyJudge(read_local_settings({"INGEST_EXCLUDE": "*.gif", "INGEST_KEY_TEMPLATE": "{product_id}/{_}"}))
    keys = ["a/1.jpg", "a/2.jpg", "a/3.gif", "b.jpg", "a/", *(f"{number}.jpg" for number in range(50))]
    for key in keys:
        listed = a_listed(key, 0 if key.endswith("/") else 5, "GLACIER" if key == "a/2.jpg" else "STANDARD")
        census.add(listed, judged.judge(listed))
    return census


def test_the_counts_add_up_to_what_was_listed() -> None:
    census = fill()
    assert (census.listed, census.listed_bytes, census.eligible, census.archived) == (55, 270, 2, 1)
    assert census.skipped == {"excluded": 1, "folder_marker": 1}
    assert census.rejected_by_key == {"key_not_matched": 51}
    assert census.eligible + census.skipped.total() + census.rejected_by_key.total() == census.listed
    assert census.storage_classes == {"STANDARD": 54, "GLACIER": 1}


def test_a_bounded_number_of_keys_is_kept_as_examples() -> None:
    examples = fill().examples
    assert [len(found) for found in examples.values()] == [1, 40, 1]
    ((key, detail),) = examples["excluded"]
    assert key == "a/3.gif"
    assert "*.gif" in detail


def test_a_census_goes_on_from_json() -> None:
    census = fill()
    assert Census.from_json(json.loads(json.dumps(census.to_json()))) == census
    assert isinstance(KeyJudge(read_local_settings({})).judge(a_listed("a/b.jpg")), ImageIdentity)
