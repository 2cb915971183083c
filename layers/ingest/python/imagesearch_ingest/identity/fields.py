"""The names that a key rule may read, and the faults in a list of them."""

import difflib
from collections import Counter
from collections.abc import Container, Iterable

from imagesearch_ingest.attributes import CATEGORY_WORD, NAMES

IDS = ("product_id", "pic_name")
IGNORED = "_"
ANYTHING = "*"  # in templates: ignored as well, and may contain slashes
KNOWN = (*IDS, *NAMES, CATEGORY_WORD, IGNORED)


def find_faults(names: Iterable[str], own: Container[str] = ()) -> list[str]:
    """Return every fault of the names that a rule reads. ``own`` are names that the rule itself introduces."""
    counted = Counter(names)
    faults = [_describe_unknown(name) for name in counted if name not in (*KNOWN, ANYTHING) and name not in own]
    faults += [f"{name!r} occurs {n} times" for name, n in counted.items() if n > 1 and name not in (IGNORED, ANYTHING)]
    if "category_id" in counted and CATEGORY_WORD in counted:
        faults.append(f"'category_id' and {CATEGORY_WORD!r} both give the category")
    return faults if "product_id" in counted else [*faults, "product_id is missing"]


def raise_any(faults: list[str]) -> None:
    """Raise ``ValueError`` with all faults, if there are any."""
    if faults:
        raise ValueError("; ".join(faults))


def _describe_unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, KNOWN, n=1)
    return f"{name!r} is not a field" + (f" (did you mean {nearest[0]}?)" if nearest else "")
