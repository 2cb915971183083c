"""Read the two IDs and the attributes out of a key, by a template or by a regular expression with named groups.

Both know the same names: ``product_id``, which is required; ``pic_name``; the attributes; and ``_``, which is ignored.
In a template such as ``{product_id}/{pic_name}``, ``pic_name`` may contain slashes. Every other field stays within one
segment of the path. Fields are matched from left to right, and each takes as many characters as it can:
``{product_id}-{_}.jpg`` finds the product ``a-b`` in ``a-b-c.jpg``. No field is empty. ``{{`` is a brace.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from string import Formatter

from imagesearch_ingest.attributes import NAMES
from imagesearch_ingest.identity.regex import Regex

IDS = ("product_id", "pic_name")
_IGNORED = "_"
_KNOWN = (*IDS, *NAMES, _IGNORED)


@dataclass(frozen=True, slots=True)
class Grammar:
    """A way to read keys.

    ``text`` is its name in messages. ``irreversible`` says why a key cannot be rebuilt from its two IDs; ``None`` if it
    can. A key can be rebuilt if PicName is the whole key, as in a grammar without ``pic_name``. It can also be rebuilt
    if it holds only fixed text and the two IDs.
    """

    text: str
    has_pic_name: bool
    regex: Regex = field(compare=False, repr=False)
    irreversible: str | None = None

    def read(self, text: str) -> dict[str, str] | None:
        """Return the value of each field that is not empty, or ``None`` if the text does not match."""
        values = self.regex.match(text)
        if values is not None:
            values.pop(_IGNORED, None)
        return values


def from_template(template: str) -> Grammar:
    """Return the grammar of a template. Raise ``ValueError`` naming every fault."""
    names: list[str] = []
    literals = [""]  # before the first field, and after each
    faults: list[str] = []
    for literal, name, form, conversion in Formatter().parse(template):
        literals[-1] += literal
        if name is None:
            continue
        if form or conversion:
            faults.append(f"{name!r} cannot have a format")
        if names and not literals[-1]:
            faults.append(f"no text separates {names[-1]!r} from {name!r}")
        names.append(name)
        literals.append("")
    _raise_any([*faults, *_find_faults(names)])
    fields = "".join(_pattern_of(name) + re.escape(after) for name, after in zip(names, literals[1:], strict=True))
    others = sorted({f"{{{name}}}" for name in names if name not in IDS}) if "pic_name" in names else []
    why = f"PicName does not contain the text of {' and '.join(others)}" if others else None
    return Grammar(f"the template {template!r}", "pic_name" in names, Regex(re.escape(literals[0]) + fields), why)


def from_regex(pattern: str) -> Grammar:
    """Return the grammar of a regular expression in RE2's syntax. Raise ``ValueError`` naming every fault."""
    regex = Regex(pattern)
    _raise_any(_find_faults(regex.names))
    has_pic_name = "pic_name" in regex.names
    why = "a regular expression may leave parts of the key out of both IDs" if has_pic_name else None
    return Grammar(f"the regular expression {pattern!r}", has_pic_name, regex, why)


def _pattern_of(name: str) -> str:
    """Return the regular expression of a template's field."""
    if name == _IGNORED:  # may occur several times, which a group may not
        return "[^/]+"
    return f"(?P<{name}>{'(?s:.+)' if name == 'pic_name' else '[^/]+'})"


def _find_faults(names: Iterable[str]) -> list[str]:
    counted = Counter(names)
    faults = [_describe_unknown(name) for name in counted if name not in _KNOWN]
    faults += [f"{name!r} occurs {n} times" for name, n in counted.items() if n > 1 and name != _IGNORED]
    return faults if "product_id" in counted else [*faults, "product_id is missing"]


def _describe_unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, _KNOWN, n=1)
    return f"{name!r} is not a field" + (f" (did you mean {nearest[0]}?)" if nearest else "")


def _raise_any(faults: list[str]) -> None:
    if faults:
        raise ValueError("; ".join(faults))
