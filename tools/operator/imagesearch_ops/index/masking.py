"""Show the shape of a line, without what it says: it goes into a public report."""

import re

from imagesearch_ops.index.fields import find_name

MOST_CHARACTERS = 200
# Names of fields stay, because they are what a report is about: known words, and what stands before a colon in JSON.
_PARTS = re.compile(r'(?P<named>"[A-Za-z_]\w{0,31}"(?=\s*:))|(?P<word>[A-Za-z_]\w*)|(?P<other>[^\W_])')


def mask(text: str | bytes) -> str:
    """Return the beginning of the text: each letter as ``x``, each digit as ``9``, names of fields as they are."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    masked = _PARTS.sub(_mask_part, shown[:MOST_CHARACTERS])
    return f"{masked}..." if len(shown) > MOST_CHARACTERS else masked


def _mask_part(found: re.Match[str]) -> str:
    text = found[0]
    if found["named"] or (found["word"] and find_name(text)):
        return text
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))
