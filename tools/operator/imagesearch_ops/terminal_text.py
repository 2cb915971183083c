"""Turn text from outside into text that every terminal can show."""

import io
import os
import sys
from pathlib import PurePath

_MAX_KEY_CHARACTERS = 32


def escape_unencodable_output() -> None:
    """Make both output streams escape characters that their encoding lacks, instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """Return the text with every character escaped that is a control character or that a stream cannot show.

    Keys and file names come from outside and may hold a terminal's commands. Escaping before the text is laid out keeps
    the columns of tables straight.
    """
    text = _decode_escaped_bytes(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _can_show(character) else _escape(character) for character in text)


def path_text(path: PurePath | str) -> str:
    """Return the path decoded as UTF-8, whatever the locale's encoding. Bytes that are not UTF-8 become surrogates."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def short(key: str) -> str:
    """Return the key, printable, cut at its start if it is long: the end tells keys apart."""
    shown = printable(key)
    if len(shown) <= _MAX_KEY_CHARACTERS:
        return shown
    ellipsis = "…" if _can_show("…") else "..."
    return ellipsis + shown[len(ellipsis) - _MAX_KEY_CHARACTERS :]


def _decode_escaped_bytes(text: str) -> str:
    """Decode UTF-8 that Python has kept as surrogates, as it does with file names in an ASCII locale."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return text


def _can_show(character: str) -> bool:
    if not character.isprintable():
        return False
    try:
        for stream in (sys.stdout, sys.stderr):
            character.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
