"""Skip keys by include and exclude patterns. An exclude pattern takes precedence.

Patterns are those of a shell (``fnmatch``): ``*`` matches any characters including slashes, ``?`` matches one, and
``[...]`` one of several. They are case-sensitive, as keys are, and are matched against the whole key with its prefix.
"""

from fnmatch import fnmatchcase


def split(text: str) -> tuple[str, ...]:
    """Return the patterns of a comma-separated list. Raise ``ValueError`` if it is empty."""
    patterns = tuple(filter(None, map(str.strip, text.split(","))))
    if not patterns:
        raise ValueError("it contains no pattern")
    return patterns


def why_excluded(key: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> str | None:
    """Return one sentence saying which pattern skips the key, or ``None`` if none does."""
    included, excluded = _first_match(key, include), _first_match(key, exclude)
    if excluded is not None:
        despite = f", and takes precedence over the include pattern {included!r}" if included is not None else ""
        return f"the exclude pattern {excluded!r} matches the key{despite}"
    if include and included is None:
        return f"no include pattern matches the key: {', '.join(map(repr, include))}"
    return None


def _first_match(key: str, patterns: tuple[str, ...]) -> str | None:
    return next((pattern for pattern in patterns if fnmatchcase(key, pattern)), None)
