"""Read the keys of a list: one a line, a column of CSV, a field of JSON lines, or the files below a folder."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from imagesearch_ops.errors import InputError
from imagesearch_ops.input_files import find_files
from imagesearch_ops.terminal_text import path_text

_LONGEST_FIELD = 131_072  # characters: the default of the csv module, which another command may have raised
_LONGEST_LINE = 65_536  # bytes; a key has 1,024 at most
_BOM = b"\xef\xbb\xbf"
_WRONG_BEGINNINGS = {
    b"\xff\xfe": "it is UTF-16. Save it as UTF-8.",
    b"\xfe\xff": "it is UTF-16. Save it as UTF-8.",
    b"\x1f\x8b": "it is compressed. Pass it through a pipe: zcat FILE | imagesearch-ingest ..., with - as the file.",
    b"PK\x03\x04": "it is a ZIP archive. Unpack it first.",
}


class Listed(NamedTuple):
    """A key, or why a line has none. ``number`` counts from 1."""

    number: int
    key: str | None
    fault: str = ""


def read_keys(source: str | None, field: str | None) -> Iterator[Listed]:
    """Yield the keys of a file, of a folder, or of standard input. Raise ``InputError``, also while reading."""
    if source is None and sys.stdin.isatty():
        raise InputError("name a file with one key per line, a folder, or - to read standard input")
    if source and "://" in source:
        raise InputError(f"{source}: this reads a list of keys. Write the keys to a file, or use: plan {source}")
    if source and source != "-" and Path(source).is_dir():
        return _read_folder(Path(source))
    return _read_file(source or "-", field)


def _read_folder(folder: Path) -> Iterator[Listed]:
    for number, file in enumerate(find_files([folder]).files, 1):
        yield check_key(number, path_text(file.name.as_posix()))


def _read_file(source: str, field: str | None) -> Iterator[Listed]:
    name = "standard input" if source == "-" else source
    try:
        with open_input(source) as file:
            beginning = check_beginning(file, name)
            if field is None:
                yield from read_lines(file)
            elif beginning.removeprefix(_BOM).lstrip().startswith(b"{"):
                yield from _read_json(file, field)
            else:
                yield from _read_csv(file, field, name)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from None


def check_beginning(file: io.BufferedReader, name: str) -> bytes:
    """Return the first bytes of a file, without reading on. Raise ``InputError`` if they are not those of text."""
    beginning = file.peek(4)
    for wrong, advice in _WRONG_BEGINNINGS.items():
        if beginning.startswith(wrong):
            raise InputError(f"{name}: {advice}")
    return beginning


def open_input(source: str) -> AbstractContextManager[io.BufferedReader]:
    """Open a file, or standard input for ``-``."""
    if source == "-":
        return nullcontext(cast("io.BufferedReader", sys.stdin.buffer))
    return Path(source).open("rb")


def read_lines(file: BinaryIO) -> Iterator[Listed]:
    """Yield a key for each line that is not empty."""
    for number, raw in split_lines(file):
        if raw is None:
            yield Listed(number, None, f"it has more than {_LONGEST_LINE} bytes")
            continue
        try:
            yield Listed(number, raw.decode())
        except UnicodeDecodeError:
            yield Listed(number, None, f"not UTF-8: {raw.decode(errors='backslashreplace')}")


def _read_json(file: BinaryIO, field: str) -> Iterator[Listed]:
    for number, raw in split_lines(file):
        try:
            value = json.loads(raw or b"")
        except (ValueError, RecursionError):
            yield Listed(number, None, "not a JSON line")
            continue
        key = _find_field(value, field)
        yield check_key(number, key) if isinstance(key, str) else Listed(number, None, f"it has no text {field!r}")


def _find_field(value: Any, field: str) -> object:  # noqa: ANN401 - JSON
    """Return a field by its name, or by names with dots between them."""
    if isinstance(value, dict) and field in value:
        return value[field]
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _read_csv(file: BinaryIO, field: str, name: str) -> Iterator[Listed]:
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(text)
    try:
        number_of = _find_column(rows, field, name)
        for row in rows:
            if row:
                has_it = number_of < len(row)
                yield (
                    check_key(rows.line_num, row[number_of]) if has_it else Listed(rows.line_num, None, f"no {field!r}")
                )
    except csv.Error as error:
        raise InputError(f"{name}: line {rows.line_num} is not CSV: {error}") from None
    finally:
        text.detach()


def _find_column(rows: Any, field: str, name: str) -> int:  # noqa: ANN401 - csv's reader has no public type
    """Return the column's index. A number names a column of a file without a header, from 1."""
    if field.isdecimal() and int(field) > 0:
        return int(field) - 1
    header: list[str] = next(rows, [])
    if not header:
        raise InputError(f"{name}: it is empty, so there is no column {field!r}")
    if field not in header:
        raise InputError(f"{name}: there is no column {field!r}, only: {', '.join(header[:20])}")
    return header.index(field)


def check_key(number: int, key: str) -> Listed:
    """Return the key, or a fault if it holds what is not UTF-8."""
    if key.isascii():
        return Listed(number, key) if key else Listed(number, None, "the key is empty")
    try:
        key.encode()
    except UnicodeEncodeError:
        return Listed(number, None, f"not UTF-8: {key.encode(errors='backslashreplace').decode()}")
    return Listed(number, key)


def split_lines(file: BinaryIO, longest: int = _LONGEST_LINE) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines that are not empty, without their ends; ``None`` for one of ``longest`` bytes or more."""
    read: Callable[[], bytes] = partial(file.readline, longest)
    number = 0
    while raw := read():
        number += 1
        if number == 1:
            raw = raw.removeprefix(_BOM)
        if len(raw) == longest and not raw.endswith(b"\n"):
            while (rest := read()) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line := raw.removesuffix(b"\n").removesuffix(b"\r"):
            yield number, line
