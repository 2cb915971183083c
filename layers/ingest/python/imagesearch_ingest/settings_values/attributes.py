"""Read which attributes the metadata of objects may set, and the category IDs of words."""

import difflib
import re

from imagesearch_ingest.attributes import NAMES, NAMES_IN_METADATA, fold_word, parse

ALL, OFF = "all", "off"
_NUMBER_WITHIN = re.compile(r":\s*-?\d+\s*\W")
_FORM = "must be words with CategoryIds, such as shoes:3,bags:4"


def read_metadata(text: str) -> str:
    """Return ``all``, ``off``, or a comma-separated list of attributes as metadata spells them."""
    if text.lower() in (ALL, OFF):
        return text.lower()
    names = [re.sub("[_ ]", "-", part.strip().lower()).removeprefix("imagesearch-") for part in text.split(",")]
    unknown = [name for name in names if name and name not in NAMES_IN_METADATA]
    if unknown:
        raise ValueError("; ".join(_describe_unknown(name) for name in unknown))
    if not any(names):
        raise ValueError(f"must be '{ALL}', '{OFF}' or names of attributes, such as category-id,str-attr")
    return ",".join(dict.fromkeys(filter(None, names)))


def names_from_metadata(text: str) -> frozenset[str]:
    """Return the attributes that a text of ``read_metadata`` names."""
    if text in (ALL, OFF):
        return frozenset(NAMES if text == ALL else ())
    return frozenset(NAMES_IN_METADATA[name] for name in text.split(","))


def read_category_words(text: str) -> dict[str, int]:
    """Return the CategoryIds by words in folded case."""
    categories: dict[str, int] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        word, colon, number = (piece.strip() for piece in part.rpartition(":"))
        is_several = _NUMBER_WITHIN.search(word)  # separated by something else than a comma
        if not word or not colon or "/" in word or is_several or re.search("[{}\"']", part):
            raise ValueError(f"{part!r} is not a word with its CategoryId; {_FORM}")
        if fold_word(word) in categories:
            raise ValueError(f"the word {word!r} occurs twice; its case does not matter")
        try:
            categories[fold_word(word)] = parse("category_id", number)
        except ValueError as fault:
            raise ValueError(f"the CategoryId of {word!r} is {number!r}: {fault}") from None
    if not categories:
        raise ValueError(_FORM)
    return categories


def _describe_unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, [*NAMES_IN_METADATA, OFF, ALL], n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"write '{ALL}', '{OFF}' or names such as category-id,str-attr"
    return f"{name!r} is not an attribute; {hint}"
