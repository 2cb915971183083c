"""Recognise the lines of a dump: JSON lines, a JSON array, or columns (ADR 45).

No document says what a dump looks like. So the first bytes decide, and every line counts: as an entry, or as not
recognised.
"""

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from json import JSONDecoder
from typing import Any, BinaryIO, NamedTuple

from imagesearch_ops.index.answers import Entry
from imagesearch_ops.index.containers import UnreadableDumpError
from imagesearch_ops.index.fields import are_names, read_entry

MAX_LINE_BYTES = 1 << 20  # the longest values of AddImage, each character escaped, are 62 kB
_TOO_LONG = "(a line of more than 1 MB)"
_CHUNK_BYTES = 1 << 18
_PEEKED_BYTES = 1 << 16
_DELIMITERS = ",\t;|\x01"
_BLANKS = " \t\r\n"
_BETWEEN_VALUES = re.compile(r"[ \t\r\n,\[\]]*")


Reader = Callable[[Mapping[str, Any]], Entry | None]


class Line(NamedTuple):
    """A line of the dump: its entry, or ``None``, and its beginning as it came."""

    entry: Entry | None
    text: str | bytes


class Lines(NamedTuple):
    """The name of a form, and what was read in it."""

    form: str
    lines: Iterator[Line]


def read_lines(stream: BinaryIO, columns: Sequence[str] = (), read: Reader = read_entry) -> Lines:
    """Return the lines. ``columns`` are the API's names of the columns of a file without a header.

    ``read`` makes an entry of the fields of a line: all of it, or only its IDs.

    Raise ``UnreadableDumpError`` while they are read.
    """
    start = stream.peek(_PEEKED_BYTES)[:_PEEKED_BYTES]  # type: ignore[attr-defined]  # it is buffered
    text = start.decode("utf-8-sig", "replace").lstrip(_BLANKS)
    if not text:
        return Lines("empty", _read_json_lines(stream, read))
    if text.startswith("[") and text[1:].lstrip(_BLANKS)[:1] in ("{", "]", ""):
        return Lines("JSON array", _read_json_values(stream, read))
    if any(map(_is_object, text.splitlines())):  # not only the first, which may be damaged
        return Lines("JSON lines", _read_json_lines(stream, read))
    if text.startswith("{") and not columns:
        is_one_line = "\n" not in text.rstrip(_BLANKS)
        return Lines("JSON", _read_json_lines(stream, read) if is_one_line else _read_json_values(stream, read))
    return _read_columns(stream, columns, read)


def _is_object(text: str) -> bool:
    try:
        return text.startswith("{") and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _iterate(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line, or ``None`` for one that is too long. No more than one line is in memory."""
    while line := stream.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield line


def _read_json_lines(stream: BinaryIO, read: Reader) -> Iterator[Line]:
    is_first = True
    for line in _iterate(stream):
        if line is None:
            yield Line(None, _TOO_LONG)
            continue
        text = line.removeprefix(codecs.BOM_UTF8).strip() if is_first else line.strip()
        is_first = False
        if text:
            yield Line(_parse(text, read), text)


def _parse(text: bytes, read: Reader) -> Entry | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read(value) if isinstance(value, dict) else None


def _read_json_values(stream: BinaryIO, read: Reader) -> Iterator[Line]:
    """Yield the values of an array, or values that follow each other, over as many lines as they like."""
    decoder, decode = JSONDecoder(), codecs.getincrementaldecoder("utf-8-sig")()
    buffer, place, is_end = "", 0, False
    while True:
        place = _BETWEEN_VALUES.match(buffer, place).end()  # type: ignore[union-attr]  # it matches nothing, too
        if place < len(buffer):
            try:
                value, end = decoder.raw_decode(buffer, place)
            except RecursionError:
                raise UnreadableDumpError("it is nested too deeply") from None
            except ValueError as error:
                if is_end or len(buffer) - place > MAX_LINE_BYTES:
                    yield Line(None, buffer[place : place + _PEEKED_BYTES])
                    raise UnreadableDumpError(f"it is not JSON from one value on: {error}") from None
            else:
                yield Line(read(value) if isinstance(value, dict) else None, buffer[place:end])
                place = end
                continue
        if is_end:
            return
        chunk = stream.read(_CHUNK_BYTES)
        is_end = not chunk
        try:
            buffer, place = buffer[place:] + decode.decode(chunk, is_end), 0
        except UnicodeDecodeError:
            raise UnreadableDumpError("it is not UTF-8") from None


def _read_columns(stream: BinaryIO, columns: Sequence[str], read: Reader) -> Lines:
    csv.field_size_limit(MAX_LINE_BYTES)
    texts = _decode(stream)
    first = next((text for text in texts if text.strip()), "")
    for delimiter in _DELIMITERS:
        cells = _split(first, delimiter)
        if are_names(cells):
            return Lines("CSV", _read_rows(texts, delimiter, cells, read))
    if columns:
        delimiter = next((one for one in _DELIMITERS if len(_split(first, one)) == len(columns)), ",")
        return Lines("CSV without a header", _read_rows(chain([first], texts), delimiter, columns, read))
    return Lines("unknown", (Line(None, text) for text in chain([first], texts)))


def _decode(stream: BinaryIO) -> Iterator[str]:
    is_first = True
    for line in _iterate(stream):
        text = f"{_TOO_LONG}\n" if line is None else line.decode("utf-8", "surrogateescape")
        yield text.removeprefix("\ufeff") if is_first else text
        is_first = False


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _read_rows(texts: Iterator[str], delimiter: str, names: Sequence[str], read: Reader) -> Iterator[Line]:
    rows = csv.reader(texts, delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(None, f"({error})")
            continue
        if row:
            fields = dict(zip(names, row, strict=True)) if len(row) == len(names) else {}
            yield Line(read(fields), delimiter.join(row))
