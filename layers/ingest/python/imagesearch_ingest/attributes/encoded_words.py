"""Encoded words (RFC 2047): how a bucket writes metadata beyond ASCII into a header (S3 user guide, Object metadata).

Not by ``email.header``, which is made for mail that must be shown somehow: of a damaged word it decodes what it can,
and so would put a wrong value, or an empty one, into the index without a word.
"""

import binascii
import re

_WORD = re.compile(r"=\?([^?\s]+)\?([^?\s]*)\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]+\?[^?\s]*\?[^?\s]*\?=)")  # no part of the text (section 6.2)
_QUOTED = re.compile(r"(?:[^=]|=[0-9A-Fa-f]{2})*")


def decoded(value: str) -> str:
    """The text meant. Raises ``ValueError`` for a word whose charset, encoding or content is none."""
    return _WORD.sub(_text, _BETWEEN_WORDS.sub("", value))


def _text(word: re.Match[str]) -> str:
    charset, encoding, content = word.groups()
    try:
        return _bytes(encoding.upper(), content).decode(charset.partition("*")[0])  # after "*", a language (RFC 2231)
    except (LookupError, ValueError):
        raise ValueError("holds an encoded word (RFC 2047) that cannot be decoded") from None


def _bytes(encoding: str, content: str) -> bytes:
    if encoding == "B":
        return binascii.a2b_base64(content, strict_mode=True)
    if encoding == "Q" and _QUOTED.fullmatch(content):
        return binascii.a2b_qp(content, header=True)
    raise ValueError
