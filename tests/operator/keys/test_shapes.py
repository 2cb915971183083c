"""Shapes of keys are few, and add up to the keys."""

import random
import uuid

import pytest

from imagesearch_ops.keys.shapes import Shapes


def count(keys: list[str]) -> dict[str, int]:
    shapes = Shapes()
    for key in keys:
        shapes.add(key, "matched")
    return {name: shape.count for name, shape in shapes.list()}


def test_digits_are_nines_and_letters_stay() -> None:
    assert count(["shop/1234/sku-1.jpg", "shop/5678/sku-2.jpg", "shop/12/sku-3.jpg"]) == {
        "shop/9999/sku-9.jpg": 2,
        "shop/99/sku-9.jpg": 1,
    }


def test_letters_are_kept_up_to_a_segment_that_varies() -> None:
    keys = [f"shop/{brand * 3}/2024/{view}.jpg" for brand in "abcdefghijk" for view in ("front", "back")]
    assert count(keys) == {"shop/a/9/a.jpg": 22}
    assert count(keys[:20]) == {
        f"shop/{brand * 3}/9999/{view}.jpg": 1 for brand in "abcdefghij" for view in ("front", "back")
    }


def test_a_code_of_letters_and_digits_is_one_run() -> None:
    dice = random.Random(1)
    keys = [f"u/{uuid.UUID(int=dice.getrandbits(128), version=4)}.png" for _ in range(50)]
    assert count([*keys, "u/AB12_front.png", "u/ab-12.png"]) == {"u/x.png": 50, "u/x_a.png": 1, "u/a-9.png": 1}


def test_endings_stay() -> None:
    keys = [f"{word}.{ending}" for word in ("aa", "bb", "cc", "dd", "ee", "ff") for ending in ("jpg", "PNG")]
    assert count(keys) == {"a.jpg": 6, "a.PNG": 6}


def test_the_most_frequent_shape_comes_first_with_three_examples() -> None:
    shapes = Shapes()
    for key in ("b/1.gif", "a/1.jpg", "a/2.jpg", "a/2.jpg", "a/3.jpg", "a/4.jpg"):
        shapes.add(key, "matched" if key.endswith("jpg") else "unmatched")
    first, second = shapes.list()
    assert (first[0], first[1].count, first[1].examples) == ("a/9.jpg", 5, ["a/1.jpg", "a/2.jpg", "a/3.jpg"])
    assert (second[1].outcomes["unmatched"], second[1].outcomes["matched"]) == (1, 0)


@pytest.mark.parametrize("seed", range(3))
def test_hostile_keys_have_few_shapes_that_add_up(seed: int) -> None:
    """Depths, alphabets and separators at random: every key could be a shape of its own."""
    dice = random.Random(seed)
    alphabet = "abcXYZ/../--__  019é鞋\u0301"
    keys = ["".join(dice.choices(alphabet, k=dice.randrange(1, 60))) for _ in range(20_000)]
    counted = count(keys)
    assert sum(counted.values()) == 20_000
    assert len(counted) < 2_000


def test_the_order_of_keys_does_not_matter_for_the_shapes() -> None:
    keys = [f"{brand}/{number}.jpg" for brand in ("nike", "puma", "asics", *map(str, range(40))) for number in range(5)]
    assert count(keys) == count(keys[::-1])
