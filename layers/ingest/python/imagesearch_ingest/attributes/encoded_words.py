"""Decode encoded words (RFC 2047): buckets write metadata beyond ASCII in them (S3 user guide, Object metadata).

``email.header`` is not used: it decodes as much of a damaged word as it can, without an error. Then a wrong or an empty
value would reach the index.
"""

import binascii
import itertools
import operator
import re

_WORD = re.compile(r"=\?([^?\s]+)\?([^?\s]*)\?([^?\s]*)\?=")
_WORDS = re.compile(r"(?:=\?[^?\s]+\?[^?\s]*\?[^?\s]*\?=)+")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]+\?[^?\s]*\?[^?\s]*\?=)")  # not part of the text (section 6.2)
_QUOTED = re.compile(r"(?:[^=]|=[0-9A-Fa-f]{2})*")


def decode(value: str) -> str:
    """Return the decoded text. Raise ``ValueError`` for a word with an invalid charset, encoding or content."""
    return _WORDS.sub(_decode_adjacent, _BETWEEN_WORDS.sub("", value))


def _decode_adjacent(words: re.Match[str]) -> str:
    """Return the text of adjacent words. Two words in one charset may each hold a part of the same character."""
    try:
        pieces = [
            (charset.partition("*")[0].lower(), _decode_bytes(*rest)) for charset, *rest in _WORD.findall(words[0])
        ]
        by_charset = itertools.groupby(pieces, key=operator.itemgetter(0))
        return "".join(b"".join(raw for _, raw in group).decode(charset) for charset, group in by_charset)
    except (LookupError, ValueError):
        raise ValueError("it contains an encoded word (RFC 2047) that cannot be decoded") from None


def _decode_bytes(encoding: str, content: str) -> bytes:
    if encoding in ("B", "b"):
        return binascii.a2b_base64(content, strict_mode=True)
    if encoding in ("Q", "q") and _QUOTED.fullmatch(content):
        return binascii.a2b_qp(content, header=True)
    raise ValueError
