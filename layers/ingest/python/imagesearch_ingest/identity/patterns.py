"""Skip keys by include and exclude patterns. An exclude pattern takes precedence.

Patterns are those of a shell (``fnmatch``): ``*`` matches any characters including slashes, ``?`` matches one, and
``[...]`` one of several. They are matched against the whole key with its prefix, and case does not matter. Beyond
``fnmatch``, ``thumbs/`` matches everything below each folder of this name, ``a/thumbs/`` everything below this one
folder, and ``**/`` also no folder at all. ``pattern_list.py`` reads patterns from the settings.
"""

import fnmatch
import re
from collections.abc import Iterator
from functools import cache


def why_excluded(key: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> str | None:
    """Return one sentence saying which pattern skips the key, or ``None`` if none does."""
    included, excluded = _first_match(key, include), _first_match(key, exclude)
    if excluded is not None:
        despite = f", and takes precedence over the include pattern {included!r}" if included is not None else ""
        return f"the exclude pattern {excluded!r} matches the key{despite}"
    if include and included is None:
        return f"no include pattern matches the key: {', '.join(map(repr, include))}"
    return None


def matches(key: str, pattern: str) -> bool:
    """Return whether a pattern matches a whole key."""
    return _compile(pattern).match(key) is not None


def list_plain_patterns(pattern: str) -> Iterator[str]:
    """Yield patterns of ``fnmatch`` alone that together match what ``pattern`` matches."""
    if pattern.endswith("/"):
        below = f"{pattern}*"
        if "/" not in pattern[:-1]:
            yield f"*/{below}"
    else:
        below = pattern
    first, *others = below.split("**/")
    yield from _join(first, others)


def _join(begun: str, others: list[str]) -> Iterator[str]:
    """Yield each way to read ``**/`` between the parts: as nothing, or as folders."""
    if not others:
        yield re.sub(r"\*\*+", "*", begun)
        return
    yield from _join(begun + others[0], others[1:])
    if not begun.endswith("*"):  # there, "*" matches the folders already
        yield from _join(f"{begun}*/{others[0]}", others[1:])


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern. The regular expression folds case by the character, so ``?`` still matches ``ß``."""
    return re.compile("|".join(map(fnmatch.translate, list_plain_patterns(pattern))), re.IGNORECASE)


def _first_match(key: str, patterns: tuple[str, ...]) -> str | None:
    return next((pattern for pattern in patterns if _compile(pattern).match(key)), None)
