"""Write texts as fields of a line that sorts as they do (ADR 54).

Bytes up to 0x0B become two bytes, the first of which is 0x0B. So no field holds a line break or a separator, no two
texts have the same field, and the bytes of fields sort as the UTF-8 of their texts. Both separators are smaller than
any byte of a field, so that ``a`` comes before ``ab`` whatever follows.
"""

import re

FIELD = b"\t"
_BETWEEN_IDS = b"\x01"
_LEAD, _SHIFT = 0x0B, 0x30
_LOW = re.compile(rb"[\x00-\x0b]")
_ESCAPED = re.compile(rb"\x0b(.)", re.DOTALL)
_TO_ESCAPE = {bytes((code,)): bytes((_LEAD, code + _SHIFT)) for code in range(_LEAD + 1)}
NO_PRODUCT = _BETWEEN_IDS  # begins the IDs of keys that the rule refuses: no entry has an empty ProductId


def escape(text: str) -> bytes:
    """Return the field of a text. Surrogates are kept."""
    data = text.encode("utf-8", "surrogatepass")
    return _LOW.sub(_escape_byte, data) if _LOW.search(data) else data


def unescape(data: bytes) -> str:
    """Return the text of a field."""
    if _LEAD in data:
        data = _ESCAPED.sub(_unescape_byte, data)
    return data.decode("utf-8", "surrogatepass")


def join_ids(product_id: str, pic_name: str) -> bytes:
    """Return both IDs as one field."""
    return escape(product_id) + _BETWEEN_IDS + escape(pic_name)


def split_ids(data: bytes) -> tuple[str, str]:
    """Return ProductId and PicName of a field."""
    product_id, _, pic_name = data.partition(_BETWEEN_IDS)
    return unescape(product_id), unescape(pic_name)


def _escape_byte(found: re.Match[bytes]) -> bytes:
    return _TO_ESCAPE[found[0]]


def _unescape_byte(found: re.Match[bytes]) -> bytes:
    return bytes((found[1][0] - _SHIFT,))
