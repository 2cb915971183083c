"""Encoded words (RFC 2047): how a bucket writes metadata beyond ASCII into a header (S3 user guide, Object metadata).

Not by ``email.header``, which is made for mail that must be shown somehow: of a damaged word it decodes what it can,
and so would put a wrong value, or an empty one, into the index without a word.
"""

import binascii
import itertools
import operator
import re

_WORD = re.compile(r"=\?([^?\s]+)\?([^?\s]*)\?([^?\s]*)\?=")
_WORDS = re.compile(r"(?:=\?[^?\s]+\?[^?\s]*\?[^?\s]*\?=)+")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]+\?[^?\s]*\?[^?\s]*\?=)")  # no part of the text (section 6.2)
_QUOTED = re.compile(r"(?:[^=]|=[0-9A-Fa-f]{2})*")


def decoded(value: str) -> str:
    """The text meant. Raises ``ValueError`` for a word whose charset, encoding or content is none."""
    return _WORDS.sub(_text, _BETWEEN_WORDS.sub("", value))


def _text(words: re.Match[str]) -> str:
    """Of words side by side in one charset, which may share a character where their writer counted bytes."""
    try:
        pieces = [(charset.partition("*")[0].lower(), _bytes(*rest)) for charset, *rest in _WORD.findall(words[0])]
        by_charset = itertools.groupby(pieces, key=operator.itemgetter(0))
        return "".join(b"".join(raw for _, raw in group).decode(charset) for charset, group in by_charset)
    except (LookupError, ValueError):
        raise ValueError("holds an encoded word (RFC 2047) that cannot be decoded") from None


def _bytes(encoding: str, content: str) -> bytes:
    if encoding in ("B", "b"):
        return binascii.a2b_base64(content, strict_mode=True)
    if encoding in ("Q", "q") and _QUOTED.fullmatch(content):
        return binascii.a2b_qp(content, header=True)
    raise ValueError
