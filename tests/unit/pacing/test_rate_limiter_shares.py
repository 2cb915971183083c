"""Several deployments share an instance: the workers of each get a part of its share, and know nothing of the rest."""

import heapq
import random

import pytest

from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from tests.support.fakes import VirtualClock

SECONDS, WORKERS = 600, 2


def run(quota: float, shares: tuple[int, ...], seed: int) -> tuple[list[int], int]:
    """Return how many calls of each deployment an instance accepts that saves up a second's calls, and the refused."""
    rng, wakes = random.Random(seed), list[tuple[float, int]]()
    owners = [owner for owner in range(len(shares)) for _ in range(WORKERS)]
    clocks = [VirtualClock() for _ in owners]
    limiters = [
        RateLimiter(clock, rng, quota * shares[owner] / 100 / WORKERS, workers=WORKERS)
        for owner, clock in zip(owners, clocks, strict=True)
    ]

    def wait(number: int) -> None:
        limiters[number].wait(Deadline.after(clocks[number], 1e9), 0)
        heapq.heappush(wakes, (clocks[number].seconds + rng.uniform(0, 0.02), number))

    for number in range(len(owners)):
        wait(number)
    accepted, refused, bucket, before = [0] * len(shares), 0, max(2.0, quota), 0.0
    while wakes[0][0] < SECONDS:
        now, number = heapq.heappop(wakes)
        clocks[number].seconds = now
        bucket, before = min(max(2.0, quota), bucket + (now - before) * quota), now
        if bucket >= 1:
            bucket -= 1
            accepted[owners[number]] += 1
            limiters[number].record_success()
        else:
            refused += 1
            limiters[number].record_refusal()
        wait(number)
    return accepted, refused


@pytest.mark.parametrize(
    ("quota", "shares", "least", "most_refused"),
    [
        (5, (50, 50), 0.98, 0.01),
        (5, (33, 67), 0.98, 0.01),
        (5, (10, 90), 0.98, 0.01),
        (50, (20, 30, 50), 0.98, 0.01),
        (1, (50, 50), 0.95, 0.03),
        # Workers with different rhythms meet again and again at an instance that saves up two calls.
        (1, (33, 67), 0.75, 0.12),
        (1, (20, 80), 0.75, 0.12),
    ],
)
def test_shares_add_up(quota: float, shares: tuple[int, ...], least: float, most_refused: float) -> None:
    runs = [run(quota, shares, seed) for seed in range(6)]
    refused, whole = sum(refused for _, refused in runs), quota * SECONDS * len(runs)
    totals = [sum(accepted) for accepted in zip(*(accepted for accepted, _ in runs), strict=True)]
    assert sum(totals) + refused <= whole + WORKERS * len(shares) * len(runs)
    assert refused <= most_refused * sum(totals)
    for total, share in zip(totals, shares, strict=True):
        assert least * whole * share / 100 <= total <= whole * share / 100 + WORKERS * len(runs)
