"""The suggested template finds the products that a person would name."""

import random
import uuid

import pytest

from imagesearch_ingest.identity import IdentityRule
from imagesearch_ops.keys.suggesting import Sample, suggest

dice = random.Random(7)
SKUS = [f"{dice.randrange(10**6):06}" for _ in range(60)]
CODES = [f"AB-{number}" for number in range(60)]
UUIDS = [str(uuid.UUID(int=dice.getrandbits(128))) for _ in range(60)]
VIEWS = [("front", "jpg"), ("back", "Png")]
BRANDS = ["nike", "puma", "asics"]


@pytest.mark.parametrize(
    ("keys", "template"),
    [
        ([f"shop/{sku}/sku-{n}.jpg" for sku in SKUS for n in range(3)], "shop/{product_id}/{pic_name}"),
        ([f"{sku}/front.jpg" for sku in SKUS], "{product_id}/{pic_name}"),
        ([f"{brand}/{sku}/front.jpg" for brand in BRANDS for sku in SKUS], "{_}/{product_id}/{*}"),
        ([f"{brand}/{code}/2024/img.JPG" for brand in BRANDS for code in CODES], "{_}/{product_id}/{*}"),
        (
            [f"uploads/2024/{n % 12 + 1:02}/{one}.png" for n, one in enumerate(UUIDS)],
            "uploads/2024/{_}/{product_id}.png",
        ),
        ([f"{sku}_{n}.jpg" for sku in SKUS for n in range(3)], "{product_id}_{_}.jpg"),
        (
            [f"{sku}-{view}.{end}" for sku in CODES for view, end in VIEWS],
            "{product_id}-{_}.{jpg|png}",
        ),
        ([f"{one}.jpg" for one in UUIDS], "{product_id}.jpg"),
        ([f"Summer {{24}}/{sku}/a.jpg" for sku in SKUS], "Summer {{24}}/{product_id}/{pic_name}"),
    ],
)
def test_a_layout_gets_its_template(keys: list[str], template: str) -> None:
    assert suggest(keys, "") == template
    rule = IdentityRule.from_settings(template=template)
    assert all(rule.identify(key) for key in keys)


def test_a_prefix_is_removed_first() -> None:
    keys = [f"shop/{sku}/front.jpg" for sku in SKUS]
    assert suggest([*keys, "other/a.jpg"], "shop/") == "{product_id}/{pic_name}"


def test_some_other_keys_do_not_matter() -> None:
    keys = [f"shop/{sku}/front.jpg" for sku in SKUS]
    assert suggest([*keys, "readme.txt", "a/b/c/d/e/f.jpg"], "") == "shop/{product_id}/{pic_name}"


@pytest.mark.parametrize("keys", [[], ["/"], ["a", "b/c", "d/e/f", "g/h/i/j"]])
def test_keys_without_a_layout_get_no_template(keys: list[str]) -> None:
    assert suggest(keys, "") is None


def test_a_sample_is_uniform_and_repeatable() -> None:
    samples = []
    for _ in range(2):
        sample = Sample()
        for number in range(20_000):
            sample.add(str(number))
        samples.append(sample.keys)
    assert samples[0] == samples[1]
    assert len(set(samples[0])) == 2_000
    mean = sum(map(int, samples[0])) / 2_000
    assert 9_500 < mean < 10_500
