"""Read the variable that holds further settings as a JSON object.

A template has parameters for the usual settings. Through this variable every other one can be set without editing the
template (ADR 61).
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

EXTRA = "extra_settings"  # the name of the variable, as a setting's
_EXAMPLE = 'Write an object such as {"INGEST_JPEG_QUALITY": 85, "INGEST_EXCLUDE": "tmp/"}'
_KINDS = {type(None): "null", bool: "true or false", str: "a text or a number", list: "a list"}
_REMEDIES = {"null": "Leave the name out instead", "a list": 'Write one text with commas, such as "*.jpg,*.png"'}
_NOT_IN_A_VARIABLE = re.compile("[\0\ud800-\udfff]")
_QUOTES = 'names and texts stand in straight double quotes: "'
_HINTS = {"\\": "remove the backslash", **dict.fromkeys("'`\u2018\u2019\u201c\u201d\u201e", _QUOTES)}
_LONGEST_NAME = 60


class _Pairs(list[tuple[str, object]]):
    """The pairs of a JSON object in their order, with names that occur twice."""


@dataclass(slots=True)
class Extra:
    """The settings of the variable, by the names of their own variables. ``faults`` has one line for each mistake."""

    values: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_extra(environ: Mapping[str, str], prefix: str, known: Collection[str] = ()) -> Extra:
    """Return the further settings. A line about a name suggests the nearest of the ``known`` settings.

    No line holds a value: a secret may stand where it does not belong.
    """
    variable, extra = prefix + EXTRA.upper(), Extra()
    text = environ.get(variable, "").strip()
    if not text:
        return extra
    try:
        pairs = _read_pairs(text)
    except ValueError as error:
        extra.faults.append(f"{variable} {error}. {_EXAMPLE}.")
        return extra
    taken = {name.upper() for name, value in environ.items() if name.startswith(prefix) and value.strip()}
    occurrences = Counter(name.upper() for name, _ in pairs)
    for name, value in pairs:
        if why := _why_refused(name, value, prefix, known):
            extra.faults.append(f"{variable} contains {why}")
        elif name.upper() in taken:
            extra.faults.append(f"{variable} contains {name}, which is also set as a variable. Remove one of the two.")
        elif occurrences[name.upper()] > 1:
            extra.faults.append(f"{variable} contains {name.upper()} more than once. Keep one.")
        else:
            extra.values[name.upper()] = str(value).lower() if isinstance(value, bool) else str(value)
    extra.faults = list(dict.fromkeys(extra.faults))
    return extra


def unfold_extra(environ: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the environment with a variable of its own for each further setting.

    If the JSON is wrong, it stays as it is, for ``read_extra`` to report.
    """
    extra = read_extra(environ, prefix)
    if extra.faults:
        return dict(environ)
    return {name: value for name, value in environ.items() if name != prefix + EXTRA.upper()} | extra.values


def _read_pairs(text: str) -> _Pairs:
    """Return the pairs of the object. Raise ``ValueError`` with the rest of a sentence about the variable."""
    if text[0] == text[-1] and text[0] in "'\"" and text[1:].lstrip().startswith("{"):
        raise ValueError("has quotes around it; remove them")
    try:
        # Numbers stay texts: a variable holds them as they were written.
        found = json.loads(text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise ValueError(_describe_place(text, error)) from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(found, _Pairs):
        raise ValueError(f"is {_KINDS[type(found)]}, not an object")  # noqa: TRY004 - as the other faults
    return found


def _describe_place(text: str, error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"character {error.colno}"
    hint = _find_hint(text[: error.pos], text[error.pos :])
    return f"is not JSON: look at {place}" + (f"; {hint}" if hint else "")


def _find_hint(before: str, after: str) -> str | None:
    """Return what to do about frequent mistakes, by the text before and after the place."""
    if not after:
        return "the text ends too early"
    if re.match(r",\s*[}\]]", after) or (after[0] in "}]" and before.rstrip().endswith(",")):
        return "remove the last comma"
    return _HINTS.get(after[0])


def _why_refused(name: str, value: object, prefix: str, known: Collection[str]) -> str | None:
    """Return what is wrong with one pair alone, as the rest of a sentence."""
    if not re.fullmatch(rf"{prefix}\w+", name, re.ASCII):
        return _describe_other_name(name, prefix, known)
    if name.upper() == prefix + EXTRA.upper():
        return "itself. Write its settings into the outer object."
    if why := _why_no_value(value):
        return f"{name}, whose value is {why}."
    return None


def _describe_other_name(name: str, prefix: str, known: Collection[str]) -> str:
    bare = re.sub(r"\W", "_", name.strip()).lower().removeprefix(prefix.lower())
    nearest = difflib.get_close_matches(bare, known, n=1)
    hint = f"Did you mean {prefix}{nearest[0].upper()}?" if nearest else f"Names of settings begin with {prefix}."
    shown = repr(name) if len(name) <= _LONGEST_NAME else f"a name of {len(name)} characters"
    return f"{shown}, which is not the name of a setting. {hint}"


def _why_no_value(value: object) -> str | None:
    if isinstance(value, _Pairs):
        return "an object. Write a text, a number, true or false"
    if value is None or isinstance(value, list):
        kind = _KINDS[type(value)]
        return f"{kind}. {_REMEDIES[kind]}"
    if found := _NOT_IN_A_VARIABLE.search(str(value)):
        return f"a text with the character U+{ord(found[0]):04X}. Remove it"
    return None
