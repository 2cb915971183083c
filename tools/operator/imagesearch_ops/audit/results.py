"""Bring what was found into the order of keys, and write it down.

``differences.jsonl`` in the run's folder holds each difference. The file of ``--combined`` has a line for every object
and entry, as ``rclone check --combined`` writes it: the symbol, a blank, and the key. A key that could break its line
is escaped as Python writes it, a backslash as two. An entry without a key is named by ProductId, a tab, and PicName.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.run_lines import FIELD, escape, join_ids, unescape
from imagesearch_ops.audit.sorting import Sorting
from imagesearch_ops.run_folder import RunFolder, naming, replacing

DIFFERENCES = "differences.jsonl"
_AFTER_ALL_KEYS = b"\xff"  # no UTF-8 has this byte
_SAME = b"=\n"
_TO_ESCAPE = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    ord("\\"): "\\\\",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def one_line(text: str) -> str:
    """Return a text that stays within a line and is different for each text."""
    return text.translate(_TO_ESCAPE).encode("utf-8", "backslashreplace").decode()


class Results:
    """Differences, and the keys that are in the index if they are wanted, on their way into the order of keys."""

    def __init__(self, sort: Sorting) -> None:
        self._sort = sort

    def add(self, difference: Difference) -> None:
        """Take a difference."""
        if difference.key is None:
            name = _AFTER_ALL_KEYS + join_ids(difference.product_id or "", difference.pic_name or "")
        else:
            name = escape(difference.key)
        line = json.dumps(difference.public(), ensure_ascii=True).encode()
        self._write(name + FIELD + line + b"\n")

    def add_same(self, key: str) -> None:
        """Take a key that is in the index."""
        self._write(escape(key) + FIELD + _SAME)

    def write(self, folder: RunFolder, combined: Path | None) -> Iterator[dict[str, Any]]:
        """Write the files, and yield each difference."""
        path = folder.path / DIFFERENCES
        with ExitStack() as stack:
            file = stack.enter_context(replacing(path))
            other = stack.enter_context(replacing(combined)) if combined else None
            for line in self._sort.read():
                name, _, rest = line.partition(FIELD)
                found = None if rest == _SAME else json.loads(rest)
                if found:
                    with naming(path):
                        file.write(rest)
                if other and combined:
                    with naming(combined):
                        _combine(other, unescape(name) if found is None else found)
                if found:
                    yield found

    def _write(self, line: bytes) -> None:
        with self._sort.writing():
            self._sort.write(line)


def _combine(file: IO[bytes], found: str | dict[str, Any]) -> None:
    if isinstance(found, str):
        symbol, name = str(Symbol.SAME), one_line(found)
    elif found["key"] is None:
        symbol, name = found["class"], f"{one_line(found['product_id'])}\t{one_line(found['pic_name'])}"
    else:
        symbol, name = found["class"], one_line(found["key"])
    file.write(f"{symbol} {name}\n".encode())
