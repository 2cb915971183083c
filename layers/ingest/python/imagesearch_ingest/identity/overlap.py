"""Find patterns that can match no key, given the prefix and the other list.

Whether a pattern fits the prefix is computed. Whether it is covered by the other list is tried on sample keys, in which
each wildcard stands for nothing, for a character, and for folders. So a fault that is found is certain for the patterns
that people write, and a rare one may be missed.
"""

import itertools
import re
from collections.abc import Iterator

from imagesearch_ingest.identity.patterns import list_plain_patterns, matches

_STAND_IN = "\ue000"  # a character that no pattern names
_FILLINGS = ("", _STAND_IN, f"{_STAND_IN}/{_STAND_IN}{_STAND_IN}")
_WILDCARD = re.compile(r"\[(?P<members>(?:!.|[^!])[^\]]*)\]|[*?]", re.DOTALL)
_ENDS = (0, -1)  # of the members of a [...]: both stand for all
_PART = re.compile(r"\[(?:!.|[^!])[^\]]*\]|.", re.DOTALL)
_NEGATED = re.compile(r"\[![^\]]+\]")


def find_outside(patterns: tuple[str, ...], prefix: str) -> list[str]:
    """Return the patterns that match no key that begins with the prefix."""
    return [
        pattern
        for pattern in patterns
        if not any(_may_begin_with(prefix, _PART.findall(plain)) for plain in list_plain_patterns(pattern))
    ]


def find_covered(include: tuple[str, ...], exclude: tuple[str, ...], prefix: str) -> list[str]:
    """Return the include patterns all of whose keys are excluded. Without one, ``*`` stands for every key.

    Exclude patterns with ``[!...]`` are left out: no sample can show that they spare nothing.
    """
    exclude = tuple(pattern for pattern in exclude if not _NEGATED.search(pattern))
    return [
        pattern
        for pattern in include or ("*",)
        if (samples := [*_list_samples(pattern, prefix)]) and all(_matches_any(key, exclude) for key in samples)
    ]


def _may_begin_with(prefix: str, parts: list[str]) -> bool:
    """Return whether a key that begins with the prefix can match the parts of a pattern.

    Follow all positions in the pattern at once. Any rest of a pattern can be matched by some rest of a key.
    """
    positions = _after_stars({0}, parts)
    for character in prefix:
        stay = {at for at in positions if at < len(parts) and parts[at] == "*"}
        move = {at + 1 for at in positions if at < len(parts) and _matches_one(character, parts[at])}
        positions = _after_stars(stay | move, parts)
    return bool(positions)


def _after_stars(positions: set[int], parts: list[str]) -> set[int]:
    """Return the positions, and those behind each ``*``, which may stand for nothing."""
    reached = set(positions)
    for at in range(len(parts)):
        if at in reached and parts[at] == "*":
            reached.add(at + 1)
    return reached


def _matches_one(character: str, part: str) -> bool:
    if len(part) > 1:
        return matches(character, part)
    return part == "?" or (part != "*" and part.lower() == character.lower())


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
