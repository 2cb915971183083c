"""Turn text from outside into text that every terminal can show."""

import io
import logging
import os
import sys
from pathlib import Path, PurePath
from typing import TextIO

from rich.cells import cell_len

MAX_KEY_CELLS = 32
ELLIPSIS = "…"


def prepare_output_streams() -> None:
    """Make both output streams escape characters that their encoding lacks, and open the null device for a closed one.

    Otherwise such a character, or ``>&-`` in a shell, would end the command with a traceback. Warnings of libraries are
    escaped as ``printable`` does.
    """
    sys.stdout = sys.stdout or _open_null_device()
    sys.stderr = sys.stderr or _open_null_device()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if logging.lastResort:  # it prints the warnings of libraries
        logging.lastResort.setFormatter(_PrintableFormatter())


class _PrintableFormatter(logging.Formatter):
    """Escape each line of a message and of its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(printable, super().format(record).splitlines()))


def _open_null_device() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


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


def short(key: str, max_cells: int = MAX_KEY_CELLS) -> str:
    """Return the key, printable and at most ``max_cells`` wide. Its end is kept, since that tells keys apart."""
    shown = printable(key)
    if cell_len(shown) <= max_cells:
        return shown
    ellipsis = ELLIPSIS if _can_show(ELLIPSIS) else "..."
    end = shown[-max_cells:]
    while cell_len(end) > max_cells - len(ellipsis):
        end = end[1:]
    return ellipsis + end


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
