"""A sample is uniform, repeats, and does not depend on how the listing comes."""

import json
import random
from collections import Counter

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.plan.sampling import Sample

OBJECTS = [ListedObject(f"a/{number}.jpg", number, "e", "STANDARD") for number in range(500)]


def draw(objects: list[ListedObject], size: int = 20, place: str = "s3://shop") -> list[ListedObject]:
    sample = Sample(size, place)
    for one in objects:
        sample.add(one)
    return sample.objects()


def test_a_sample_repeats_in_any_order() -> None:
    other = random.Random(1).sample(OBJECTS, len(OBJECTS))
    assert draw(OBJECTS) == draw(other)
    assert len(draw(OBJECTS)) == 20


def test_a_sample_comes_in_the_order_of_keys() -> None:
    keys = [one.key for one in draw(OBJECTS)]
    assert keys == sorted(keys)


def test_another_bucket_has_another_sample() -> None:
    assert draw(OBJECTS) != draw(OBJECTS, place="s3://other")


def test_a_sample_of_few_objects_is_all_of_them() -> None:
    assert draw(OBJECTS[:3], size=20) == OBJECTS[:3]


def test_a_sample_goes_on_from_json() -> None:
    first, second = Sample(20, "s3://shop"), Sample(20, "s3://shop")
    for one in OBJECTS[:250]:
        first.add(one)
    second.load(json.loads(json.dumps(first.to_json())))
    for one in OBJECTS[250:]:
        second.add(one)
    assert second.objects() == draw(OBJECTS)


def test_every_object_is_as_likely_as_another() -> None:
    drawn = Counter(one.key for seed in range(200) for one in draw(OBJECTS, 50, f"s3://{seed}"))
    assert len(drawn) == 500
    assert 5 <= min(drawn.values()) <= max(drawn.values()) <= 38  # of 200; a tenth is 20, with a deviation of 4


def test_nothing_is_sampled_for_the_keys_only() -> None:
    assert draw(OBJECTS, size=0) == []
