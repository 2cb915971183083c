"""Which keys are none of ours: include and exclude patterns, of which exclude wins.

Patterns are a shell's (``fnmatch``): ``*`` stands for any characters, slashes too, ``?`` for one, ``[...]`` for one
of several. Upper and lower case differ, as they do in a bucket. They see the whole key, prefix included.
"""

from fnmatch import fnmatchcase


def split(text: str) -> tuple[str, ...]:
    """A comma-separated list. Raises ``ValueError`` when there is no pattern in it."""
    patterns = tuple(filter(None, map(str.strip, text.split(","))))
    if not patterns:
        raise ValueError("there is no pattern in it")
    return patterns


def why_excluded(key: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> str | None:
    """One sentence for people, or ``None`` for a key that may go on."""
    included, excluded = _first_match(key, include), _first_match(key, exclude)
    if excluded is not None:
        despite = f", though the include pattern {included!r} does too" if included is not None else ""
        return f"the exclude pattern {excluded!r} matches the key{despite}"
    if include and included is None:
        return f"no include pattern matches the key: {', '.join(map(repr, include))}"
    return None


def _first_match(key: str, patterns: tuple[str, ...]) -> str | None:
    return next((pattern for pattern in patterns if fnmatchcase(key, pattern)), None)
