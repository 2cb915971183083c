"""How a key is taken apart: a template such as ``{product_id}/{pic_name}``, or a regular expression with named groups.

Both know the same names: ``product_id``, which must be there; ``pic_name``; the attributes; and ``_``, ignored. In a
template ``pic_name`` may span slashes, every other field stays within one segment of the path. Each takes as much as it
can, from the left: of ``a-b-c.jpg``, ``{product_id}-{_}.jpg`` makes the product ``a-b``. ``{{`` is a brace.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from string import Formatter

from imagesearch_ingest.attributes import NAMES
from imagesearch_ingest.identity.matching import Part, match

IDS = ("product_id", "pic_name")
_IGNORED = "_"
_KNOWN = (*IDS, *NAMES, _IGNORED)


@dataclass(frozen=True, slots=True)
class Grammar:
    """``text`` is what messages call it; ``irreversible`` says why a key cannot be rebuilt from its two ids.

    It can when PicName is the whole key, which it is without a ``pic_name``; and when there is nothing in the key but
    fixed text and the two ids.
    """

    text: str
    has_pic_name: bool
    match: Callable[[str], Mapping[str, str | None] | None] = field(compare=False, repr=False)
    irreversible: str | None = None

    def read(self, text: str) -> dict[str, str] | None:
        """What the names stand for in this text, without those that are empty; ``None`` when it does not fit."""
        found = self.match(text)
        if found is None:
            return None
        return {name: value for name, value in found.items() if value and name != _IGNORED}


def from_template(template: str) -> Grammar:
    """Raises ``ValueError`` that names every fault."""
    names: list[str] = []
    literals = [""]  # before the first field, and after each
    faults: list[str] = []
    for literal, name, form, conversion in Formatter().parse(template):
        literals[-1] += literal
        if name is None:
            continue
        if form or conversion:
            faults.append(f"{name!r} can have no format")
        if names and not literals[-1]:
            faults.append(f"no text tells {names[-1]!r} and {name!r} apart")
        names.append(name)
        literals.append("")
    _raise_any([*faults, *_faults(names)])
    parts = [Part(name, name == "pic_name", after) for name, after in zip(names, literals[1:], strict=True)]
    others = sorted({f"{{{name}}}" for name in names if name not in IDS}) if "pic_name" in names else []
    why = f"PicName does not hold what {' and '.join(others)} stood for" if others else None
    return Grammar(f"the template {template!r}", "pic_name" in names, lambda text: match(text, literals[0], parts), why)


def from_regex(regex: str) -> Grammar:
    """Raises ``ValueError`` that names every fault."""
    try:
        pattern = re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"it is no regular expression: {error}") from None
    _raise_any(_faults(pattern.groupindex))
    why = (
        "a regular expression may leave parts of the key out of both ids" if "pic_name" in pattern.groupindex else None
    )
    return Grammar(
        f"the regular expression {regex!r}", "pic_name" in pattern.groupindex, partial(_groups, pattern), why
    )


def _groups(pattern: re.Pattern[str], text: str) -> Mapping[str, str | None] | None:
    found = pattern.fullmatch(text)
    return found.groupdict() if found else None


def _faults(names: Iterable[str]) -> list[str]:
    counted = Counter(list(names))  # a mapping would be taken for counts already made
    faults = [_unknown(name) for name in counted if name not in _KNOWN]
    faults += [f"{name!r} is in it {n} times" for name, n in counted.items() if n > 1 and name != _IGNORED]
    return faults if "product_id" in counted else [*faults, "product_id is not in it"]


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, _KNOWN, n=1)
    return f"{name!r} is no field" + (f" (is {nearest[0]} meant?)" if nearest else "")


def _raise_any(faults: list[str]) -> None:
    if faults:
        raise ValueError("; ".join(faults))
