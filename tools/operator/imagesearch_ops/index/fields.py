"""Read one line of a dump as an entry, whatever its fields are called exactly."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from imagesearch_ops.errors import InputError
from imagesearch_ops.index.answers import Entry, keep_given, to_category

IGNORED = "_"
_IDS = ("ProductId", "PicName")
_TEXTS = ("CustomContent", "StrAttr", "StrAttr2", "StrAttr3", "StrAttr4")
_NUMBERS = ("IntAttr", "IntAttr2", "IntAttr3", "IntAttr4")
_ATTRIBUTES = (*_TEXTS, *_NUMBERS, "Crop", "Region")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_BY_PLAIN_NAME = {name.lower(): name for name in (*_IDS, "CategoryId", *_ATTRIBUTES)}
_BYTES_THAT_ARE_NO_TEXT = re.compile("[\udc80-\udcff]")  # as "surrogateescape" reads them


@lru_cache(maxsize=4096)
def find_name(text: str) -> str | None:
    """Return the API's name for the name of a field: ``product_id`` and ``productid`` are ``ProductId``."""
    return _BY_PLAIN_NAME.get(_NOT_IN_A_NAME.sub("", text.lower()))


def are_names(texts: list[str]) -> bool:
    """Return whether the texts are names of fields, both IDs among them."""
    return {find_name(text) for text in texts} >= {*_IDS}


def read_columns(text: str) -> list[str]:
    """Return the API's names of ``product_id,pic_name,_``; ``_`` ignores a column. Raise ``InputError``."""
    columns = []
    for one in text.split(","):
        name = IGNORED if one.strip() == IGNORED else find_name(one)
        if name is None:
            known = "product_id, pic_name, category_id, int_attr, str_attr, custom_content"
            raise InputError(f"--columns: {one.strip()!r} is not a field. Use {known}, or _ for a column to ignore.")
        columns.append(name)
    for name in _IDS:
        if columns.count(name) != 1:
            raise InputError(f"--columns must name product_id and pic_name once each; {text!r} does not")
    return columns


def read_entry(fields: Mapping[str, Any]) -> Entry | None:
    """Return the entry of a line, or ``None`` if it has no IDs that an entry can have."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        known = find_name(name)
        if known:
            found.setdefault(known, value)
    ids = [_read_id(found.pop(name, None)) for name in _IDS]
    try:
        category = to_category(found.pop("CategoryId", None))
        given = keep_given(found)
        attributes = {name: int(value) if name in _NUMBERS else value for name, value in given.items()}
    except (TypeError, ValueError):
        return None
    product_id, pic_name = ids
    return Entry(product_id, pic_name, category, attributes) if product_id and pic_name else None


def read_ids(fields: Mapping[str, Any]) -> Entry | None:
    """Return the entry of a line without its attributes, which may then have any values: 3 times as fast."""
    product_id, pic_name = fields.get("product_id"), fields.get("pic_name")
    if not (type(product_id) is str and type(pic_name) is str):
        found: dict[str, Any] = {}
        for name, value in fields.items():
            found.setdefault(find_name(name) or "", value)
        product_id, pic_name = (found.get(name) for name in _IDS)
    product_id, pic_name = _read_id(product_id), _read_id(pic_name)
    return Entry(product_id, pic_name, None, {}) if product_id and pic_name else None


def _read_id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not (value.isascii() or not _BYTES_THAT_ARE_NO_TEXT.search(value)):
        return None
    return value
