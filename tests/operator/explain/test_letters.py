"""Dead letters decide what a verdict cannot know otherwise, and only about the content that the object has now."""

import pytest

from imagesearch_ingest.dead_letters.letter import Source, Target
from tests.operator.explain.conftest import World, check

TEXT = b"only a text\n" * 50


def test_rejected_with_a_letter(world: World) -> None:
    key = world.upload(world.key(), TEXT)
    world.put_letter(key, code="not_an_image", message="it is text")
    explained = world.explain(key)
    check(explained, "rejected: not_an_image: it looks like text", 3, "rejected")
    assert [line["code"] for line in explained.document["letters"]] == ["not_an_image"]
    assert explained.document["picture"]["sha256"] is None


def test_a_picture_that_image_search_refused(world: World) -> None:
    key = world.upload(world.key())
    world.put_letter(key, code="service_rejected", stage="index", message="AddImage failed: UnsupportedPicPixels")
    for hours in (0, 2):
        explained = world.explain(key, hours=hours)
        check(explained, "rejected: service_rejected: AddImage failed: UnsupportedPicPixels", 3, "rejected")


def test_a_picture_that_the_function_gave_up(world: World) -> None:
    key = world.upload(world.key())
    world.put_letter(key, code="network", fault_class="transient", stage="index", message="cut")
    explained = world.explain(key)
    check(explained, "missing: the function gave it up: network: cut", 4, "missing")
    assert explained.document["command"] == f"imagesearch-ingest dlq replay --where key={key}"


def test_a_letter_that_would_not_be_written_now(world: World) -> None:
    key = world.upload(world.key())
    world.put_letter(key, code="image_too_small", message="too small")
    explained = world.explain(key)
    check(explained, "missing: the function gave it up: image_too_small", 4, "missing")
    assert explained.document["todo"] == "It would be accepted now. Replay its dead letter."


@pytest.mark.parametrize("fields", [{"etag": "0" * 32}, {"failed_at": "2020-01-01T00:00:00Z"}])
def test_a_letter_about_earlier_content_decides_nothing(world: World, fields) -> None:
    key = world.upload(world.key())
    world.put_letter(key, code="service_rejected", stage="index", **fields)
    explained = world.explain(key)
    check(explained, "waiting", 0, "waiting")
    assert any("is about earlier content" in note for note in explained.document["notes"])


def test_of_two_letters_the_latest_about_the_content_counts(world: World) -> None:
    key = world.upload(world.key())
    world.put_letter(key, code="timeout", fault_class="transient", stage="index", failed_at="2099-01-01T00:00:00Z")
    world.put_letter(key, code="service_rejected", stage="index", failed_at="2099-01-02T00:00:00Z")
    world.put_letter(key, code="corrupt_image", etag="0" * 32, failed_at="2099-01-03T00:00:00Z")
    explained = world.explain(key)
    check(explained, "rejected: service_rejected", 3, "rejected")
    assert [line["code"] for line in explained.document["letters"]] == ["corrupt_image", "service_rejected", "timeout"]


def test_a_letter_about_content_newer_than_the_entry(world: World) -> None:
    key = world.upload(world.key())
    world.index(key)
    world.put_letter(key, code="network", fault_class="transient", stage="index", message="cut")
    check(world.explain(key), "different: the index may hold an earlier picture", 4, "different")
    check(world.explain(key, index=True), "in the index as it should be", 0, "in_index")


def test_a_letter_with_a_redacted_key(world: World) -> None:
    key = world.upload(world.key("AKIAIOSFODNN7EXAMPLE.jpg"))
    source = Source(cloud=world.name, bucket="pictures", key=world.key("***.jpg"), key_redacted=True)
    world.put_letter(key, source=source, code="service_rejected", stage="index")
    explained = world.explain(key)
    check(explained, "rejected: service_rejected", 3, "rejected")


def test_under_the_ids_that_a_letter_names(world: World) -> None:
    key = world.upload(world.key())
    world.index(key, product_id=f"old-{world.number}", pic_name="front")
    target = Target(instance="demo", region="r", product_id=f"old-{world.number}", pic_name="front")
    world.put_letter(key, target=target, etag="0" * 32)
    explained = world.explain(key)
    check(explained, "different: the index has it under another ProductId", 4, "different")
    assert "a dead letter names these IDs" in explained.document["verdict"]
