"""A share is known as well as its interval says."""

import random
from math import sqrt

import pytest

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.plan.estimate import estimate_share
from imagesearch_ops.plan.sampling import Sample


def test_the_interval_is_that_of_the_published_example() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, method 4."""
    share = estimate_share(81, 263, 10_000)
    assert (round(share.low, 4), round(share.high, 4)) == (0.2535, 0.3682)


@pytest.mark.parametrize("hits", [1, 9, 150, 299])
def test_its_ends_are_the_shares_that_just_fit_the_sample(hits: int) -> None:
    seen = 300
    share = estimate_share(hits, seen, 10_000)
    for end in (share.low, share.high):
        distance = abs(hits / seen - end) - 1 / (2 * seen)
        assert distance == pytest.approx(1.959964 * sqrt(end * (1 - end) / seen), rel=1e-9)


@pytest.mark.parametrize(("hits", "low", "high"), [(0, 0.0, 0.0158), (300, 0.9842, 1.0)])
def test_none_or_all_of_a_sample_is_not_none_or_all_of_the_bucket(hits: int, low: float, high: float) -> None:
    share = estimate_share(hits, 300, 10_000)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_a_share_of_everything_is_exact() -> None:
    assert estimate_share(3, 100, 100).to_json() == {"estimate": 0.03, "low": 0.03, "high": 0.03}


def test_nothing_is_known_of_nothing() -> None:
    assert estimate_share(0, 0, 100).to_json() == {"estimate": None, "low": None, "high": None}


@pytest.mark.parametrize("share", [0.005, 0.03, 0.2])
def test_the_true_share_lies_in_the_interval(share: float) -> None:
    keys = [f"shop/{number}/sku-{number}.jpg" for number in range(5000)]
    bad = set(random.Random(3).sample(keys, round(len(keys) * share)))
    found = 0
    for seed in range(100):
        sample = Sample(300, f"s3://bucket-{seed}")
        for key in keys:
            sample.add(ListedObject(key, 1, "", ""))
        interval = estimate_share(sum(one.key in bad for one in sample.objects()), 300, len(keys))
        found += interval.low <= len(bad) / len(keys) <= interval.high
    assert found >= 93
