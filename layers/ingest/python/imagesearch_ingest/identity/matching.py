"""Matches a template in a time that grows with the key's length, and not with a power of it.

A regular expression with several greedy fields tries their combinations: a key made for it would hold up the function
for minutes, and anybody who may upload may choose a key. Here each field's ends are looked up from the right, once.
"""

from bisect import bisect_right
from typing import NamedTuple


class Part(NamedTuple):
    """A field, and the fixed text that follows it."""

    name: str
    spans_slashes: bool
    literal: str


def match(text: str, lead: str, parts: list[Part]) -> dict[str, str] | None:
    """What each field stands for, each as much as it can from the left; ``None`` when the text does not fit.

    ``lead`` is the fixed text before the first field. No field is empty.
    """
    if not text.startswith(lead):
        return None
    ends = _ends(text, parts)
    found, at = {}, len(lead)
    for part, end_of in zip(parts, ends, strict=True):
        end = end_of.get(at)
        if end is None:
            return None
        found[part.name] = text[at:end]
        at = end + len(part.literal)
    return found


def _ends(text: str, parts: list[Part]) -> list[dict[int, int]]:
    """For each field, where it ends if it begins at a place from which all that follows fits."""
    begins = {len(text)}
    ends: list[dict[int, int]] = []
    for part in reversed(parts):
        possible = [at - len(part.literal) for at in sorted(begins) if _stands_before(text, part.literal, at)]
        end_of = {}
        for at in range(len(text)):
            furthest = _furthest(text, at, part)
            index = bisect_right(possible, furthest) - 1
            if index >= 0 and possible[index] > at:
                end_of[at] = possible[index]
        begins = set(end_of)
        ends.insert(0, end_of)
    return ends


def _stands_before(text: str, literal: str, at: int) -> bool:
    return at >= len(literal) and text.startswith(literal, at - len(literal))


def _furthest(text: str, at: int, part: Part) -> int:
    slash = -1 if part.spans_slashes else text.find("/", at)
    return len(text) if slash < 0 else slash
