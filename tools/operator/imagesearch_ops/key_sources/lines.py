"""Read the objects that a file of lines names.

A file whose first line is a JSON object has one on each line. Lines of ``--json``, and those that ``plan`` and
``audit`` keep in a run's folder, have a ``key``. Dead letters, such as those of ``dlq export``, have it in ``source``.
In any other file, a line is a key.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.manifest import is_manifest
from imagesearch_ops.keys.reading import check_beginning, check_key, open_input, split_lines
from imagesearch_ops.terminal_text import printable
from imagesearch_ops.times import read_time

STANDARD_INPUT = "-"
_LONGEST_LINE = 4_194_304  # bytes; a message of SQS has 1,048,576 at most, and a letter of an export is one
_LONGEST_KEY = 4_096  # bytes; S3 takes 1,024 and OSS 1,023, so a longer line is no key but another kind of file
_MOST_SHOWN = 200  # characters of what is wrong with a line, which may be a part of a picture
_TOO_LONG = f"it has more than {_LONGEST_LINE} bytes"
_SIZES = ("size", "bytes")  # ``bytes`` is what a plan writes


class LineError(ValueError):
    """A line that cannot be used. The message says what is wrong with it."""


class Named(NamedTuple):
    """An object that a line names. ``cloud`` and ``bucket`` are ``None`` where the line does not say."""

    cloud: str | None
    bucket: str | None
    listed: ListedObject


def describe(source: str) -> str:
    """Return the name of a file, or of standard input for ``-``."""
    return "standard input" if source == STANDARD_INPUT else printable(source)


def read_objects(source: str) -> Iterator[Named | None]:
    """Yield what each line of a file names; ``None`` for a line that names no object, such as a summary.

    Raise ``InputError`` for the first line that cannot be used.
    """
    name = describe(source)
    try:
        with open_input(source) as file:
            check_beginning(file, name)
            if is_manifest("", file.peek(1)):
                raise InputError(
                    f"{name}: it is the manifest of an inventory. Name its path or URL: more files belong to it."
                )
            yield from _read(file, name)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from None


def is_read_twice(source: str) -> bool:
    """Return whether a file can be read from its beginning again. Standard input and pipes cannot."""
    path = Path(source)
    return source != STANDARD_INPUT and (path.is_file() or not path.exists())


def _read(file: BinaryIO, name: str) -> Iterator[Named | None]:
    lines = split_lines(file, _LONGEST_LINE)
    first = next(lines, None)
    if first is None:
        return
    read = _read_json if _load(first[1] or b"") is not None else _read_key
    for number, raw in chain([first], lines):
        try:
            yield read(raw)
        except LineError as error:
            fault = _shorten(str(error))
            raise InputError(f"{name}: line {number}: {fault}. Mend the line, or leave it out.") from None


def _shorten(text: str) -> str:
    """Return the beginning of a text that is too long for a message."""
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _read_key(raw: bytes | None) -> Named:
    if raw is None:
        raise LineError(_TOO_LONG)
    if len(raw) > _LONGEST_KEY:
        raise LineError(f"it has {len(raw)} bytes, and no key is so long")
    try:
        return Named(None, None, ListedObject(raw.decode(), 0, "", ""))
    except UnicodeDecodeError:
        raise LineError(f"not UTF-8: {raw.decode(errors='backslashreplace')}") from None


def _load(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read_json(raw: bytes | None) -> Named | None:
    if raw is None:
        raise LineError(_TOO_LONG)
    line = _load(raw)
    if line is None:
        raise LineError("it is not a JSON object, as the first line is")
    if "key" in line:
        return _read_named(line, line)
    if "source" in line:
        letter = line["source"]
        # What a letter says of the object is as old as the letter.
        return _read_named(letter, {}) if isinstance(letter, dict) and not letter.get("key_redacted") else None
    if "summary" in line:
        return None
    raise LineError("it has neither a 'key' nor a 'source'")


def _read_named(named: Mapping[str, Any], facts: Mapping[str, Any]) -> Named | None:
    key = named.get("key")
    if key is None:
        return None
    if not isinstance(key, str):
        raise LineError("its 'key' is not a text")
    if fault := check_key(0, key).fault:
        raise LineError(fault)
    size = next((facts[name] for name in _SIZES if name in facts), 0)
    text = partial(_find_text, facts)
    listed = ListedObject(key, size if type(size) is int else 0, text("etag"), text("storage_class"), _find_time(facts))
    return Named(_find_text(named, "cloud") or None, _find_text(named, "bucket") or None, listed)


def _find_text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _find_time(facts: Mapping[str, Any]) -> float | None:
    value = facts.get("last_modified")
    if isinstance(value, str):
        time = read_time(value)
        return time.timestamp() if time else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
