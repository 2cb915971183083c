"""Find patterns that can match no key, given the prefix and the other list.

Patterns are tried on sample keys, in which each wildcard stands for nothing, for a character, and for folders. So a
fault that is found is certain for the patterns that people write, and a rare one may be missed.
"""

import itertools
import re
from collections.abc import Iterator

from imagesearch_ingest.identity.patterns import list_plain_patterns, matches

_STAND_IN = "\ue000"  # a character that no pattern names
_FILLINGS = ("", _STAND_IN, f"{_STAND_IN}/{_STAND_IN}{_STAND_IN}")
_WILDCARD = re.compile(r"\[(?P<members>(?:!.|[^!])[^\]]*)\]|[*?]", re.DOTALL)
_ENDS = (0, -1)  # of the members of a [...]: both stand for all


def find_outside(patterns: tuple[str, ...], prefix: str) -> list[str]:
    """Return the patterns that match no key that begins with the prefix."""
    return [pattern for pattern in patterns if not any(_list_samples(pattern, prefix))]


def find_covered(include: tuple[str, ...], exclude: tuple[str, ...], prefix: str) -> list[str]:
    """Return the include patterns all of whose keys are excluded. Without one, ``*`` stands for every key."""
    return [
        pattern
        for pattern in include or ("*",)
        if (samples := [*_list_samples(pattern, prefix)]) and all(_matches_any(key, exclude) for key in samples)
    ]


def _matches_any(key: str, patterns: tuple[str, ...]) -> bool:
    return any(matches(key, pattern) for pattern in patterns)


def _list_samples(pattern: str, prefix: str) -> Iterator[str]:
    """Yield keys that match the pattern and begin with the prefix."""
    for plain in list_plain_patterns(pattern):
        head, star, tail = plain.partition("*")
        for filling, end in itertools.product(_FILLINGS if star else ("",), _ENDS):
            rest = filling + _fill(tail, filling, end)
            key = _fill(head, "", end) + rest
            for candidate in (key, prefix + key, prefix + rest):
                if candidate and candidate.startswith(prefix) and matches(candidate, plain):
                    yield candidate
                    break


def _fill(text: str, filling: str, end: int) -> str:
    """Return the text with its wildcards filled: ``*`` by ``filling``, ``[...]`` by its member at this ``end``."""

    def fill(found: re.Match[str]) -> str:
        if found[0] == "*":
            return filling
        members = found["members"] or "!"
        return _STAND_IN if members.startswith("!") else members[end]

    return _WILDCARD.sub(fill, text)
