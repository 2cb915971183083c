"""Conclude from the objects that were read to all that the rule takes."""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """A share with the interval in which the true one lies in 95 of 100 cases. All are ``None`` if nothing is known."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, float | None]:
        return {name: _round(getattr(self, name)) for name in ("estimate", "low", "high")}


def estimate_share(hits: int, seen: int, population: int) -> Share:
    """Return the share of ``hits`` among ``seen``, which were drawn from ``population``.

    It is exact if all were seen. Otherwise the interval is Wilson's with a continuity correction (Newcombe, Statistics
    in Medicine 17, 1998, method 4). Without the correction, a share of 3 % of 300 lies in it in 94 of 100 cases only.
    """
    if not seen:
        return Share()
    share = hits / seen
    if seen >= population:
        return Share(share, share, share)
    middle, scale = 2 * hits + _Z**2, 2 * (seen + _Z**2)
    low = high = share
    spread = _Z**2 - 1 / seen + 4 * hits * (1 - share)
    low = (middle - 1 - _Z * sqrt(max(0.0, spread + 4 * share - 2))) / scale if hits else 0.0
    high = (middle + 1 + _Z * sqrt(max(0.0, spread - 4 * share + 2))) / scale if hits < seen else 1.0
    return Share(share, max(0.0, low), min(1.0, high))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
