"""Read a list of include or exclude patterns from the text of a setting, and refuse patterns that can match nothing.

The list is separated by commas or line breaks, or is a JSON list. Braces are expanded as in a shell: ``*.{jpg,png}``
is ``*.jpg,*.png``.
"""

import fnmatch
import json
import re
from collections.abc import Callable, Iterator

_MOST_PATTERNS = 500
_MOST_DEPTHS = 4  # of '**/' in a pattern: each doubles the patterns that stand for it
_STRUCTURE = re.compile(r"[{},\r\n]")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_CLASS = re.compile(r"\[(?:!.|[^!])[^\]]*\]", re.DOTALL)
_WILDCARD = re.compile(r"[*?[]")
# What must not occur outside of [...], and what to do.
_MISPLACED = (
    (";", "separate patterns by commas"),
    ("|", "separate patterns by commas"),
    ("{", "write alternatives as {jpg,png}, and a brace as [{]"),
    ("}", "write alternatives as {jpg,png}, and a brace as [}]"),
    ("\\", "write '/' between folders, and a backslash as [\\]"),
    ("\uff0a", "write '*', and a wide asterisk as [\uff0a]"),
)
# Blanks, and what separates the items of a list where it does not occur within one: in JSON, and in Chinese.
_SEPARATORS = re.compile("[\\s,\uff0c\u3001\uff1b]+")
_QUOTES = "'\"`\u201c\u201d\u2018\u2019"


def read_patterns(text: str) -> tuple[str, ...]:
    """Return the patterns of a list. Raise ``ValueError`` naming each pattern that cannot be meant, and its remedy."""
    written = _read_json(text)
    if written is None:
        written = _split(text)
    patterns = tuple(dict.fromkeys(one for part in written if part.strip() for one in _expand(part.strip())))
    if not patterns:
        raise ValueError("it contains no pattern")
    if len(patterns) > _MOST_PATTERNS:
        raise ValueError(f"it contains {len(patterns)} patterns; the limit is {_MOST_PATTERNS}")
    faults = [f"the pattern {pattern!r}: {why}" for pattern in patterns if (why := _find_fault(pattern))]
    if faults:
        raise ValueError("; ".join(faults))
    return patterns


def check_include(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Raise ``ValueError`` for patterns that look like regular expressions. ``.*`` and ``*$`` may be excluded."""
    faults = [
        f"the pattern {pattern!r}: it is read as a shell does, not as a regular expression; write '*.jpg'"
        for pattern in patterns
        if pattern.startswith(".*") or pattern.endswith("$")
    ]
    if faults:
        raise ValueError("; ".join(faults))
    return patterns


def _read_json(text: str) -> list[str] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _split(text: str) -> list[str]:
    """Return the parts between commas and line breaks. Within braces, they separate alternatives."""
    parts, begin, depth = [], 0, 0
    for found in _STRUCTURE.finditer(text):
        if found[0] in "{}":
            depth = max(0, depth + (1 if found[0] == "{" else -1))
        elif depth == 0:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return [*parts, text[begin:]]


def _expand(pattern: str) -> Iterator[str]:
    """Yield the pattern for each combination of alternatives in braces, but not many more than the limit."""
    waiting = [pattern]
    while waiting and len(waiting) <= 2 * _MOST_PATTERNS:
        one = waiting.pop(0)
        if found := _BRACES.search(one):
            waiting += [one[: found.start()] + word.strip() + one[found.end() :] for word in found[1].split(",")]
        else:
            yield one
    yield from waiting


def _find_fault(pattern: str) -> str | None:
    return next(filter(None, (check(pattern) for check in _CHECKS)), None)


def _check_beginning(pattern: str) -> str | None:
    address = re.match(r"[a-z][a-z0-9+.-]*://[^/]*/?", pattern, re.IGNORECASE)
    if address:
        return f"keys do not begin with the bucket; write {pattern[address.end() :] or '*'!r}"
    if pattern.startswith(("/", "./", "../", "~/")):
        return f"keys begin without '/'; write {re.sub('^[.~]*/+', '', pattern) or '*'!r}"
    if pattern.startswith("!"):
        return f"there is no negation here; put {pattern[1:]!r} into the other list"
    if pattern.startswith("^"):
        return "it is read as a shell does, not as a regular expression; write '^' as [^]"
    return None


def _check_quotes(pattern: str) -> str | None:
    return "remove the quotes" if pattern[0] in _QUOTES or pattern[-1] in _QUOTES else None


def _check_characters(pattern: str) -> str | None:
    plain = _CLASS.sub("", pattern)
    for character, remedy in _MISPLACED:
        if character in plain:
            return remedy
    if plain.count("**/") > _MOST_DEPTHS:
        return f"it contains '**/' more than {_MOST_DEPTHS} times; '*' matches slashes, too"
    if "[" in plain:
        return "a '[' has no ']'; write the character as [[]"
    if "(?!)" in fnmatch.translate(pattern):
        return "a range in [...] has its ends in the wrong order"
    if escape := re.search(r"%[0-9A-Fa-f]{2}", plain):
        return f"keys are not URL-encoded here; write the character itself, or {escape[0]!r} as '[%]{escape[0][1:]}'"
    return None


def _check_separators(pattern: str) -> str | None:
    words = list(filter(None, _SEPARATORS.split(_CLASS.sub("[]", pattern))))
    several = len(words) > 1 and all(_WILDCARD.search(word) or word[0] == "." or word[-1] == "/" for word in words)
    if not several:
        return None
    if " ".join(words) == " ".join(_CLASS.sub("[]", pattern).split()):
        return "separate patterns by commas, and write a blank within one as [ ]"
    return "separate patterns by plain commas, and write any other comma or semicolon within [...]"


def _check_class(pattern: str) -> str | None:
    """Refuse a list in brackets without quotes, as YAML writes it."""
    if _CLASS.fullmatch(pattern):
        return f"it matches only keys of one character; write {pattern[1:-1].strip(_QUOTES)!r} without the brackets"
    return None


def _check_word(pattern: str) -> str | None:
    """Refuse ``.jpg`` and ``jpg``. A whole name such as ``logo.png`` may be meant."""
    if _WILDCARD.search(pattern) or "/" in pattern:
        return None
    name, _, extension = pattern.rpartition(".")
    if name and extension:
        return None
    word = pattern.strip(".")
    return f"it matches only the key {pattern!r}; write '*.{word}' for an extension, or '{word}/' for a folder"


_CHECKS: tuple[Callable[[str], str | None], ...] = (
    _check_beginning,
    _check_quotes,
    _check_separators,
    _check_class,
    _check_characters,
    _check_word,
)
