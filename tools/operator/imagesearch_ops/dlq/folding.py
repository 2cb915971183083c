"""Fold lines by record: the latest of each record counts.

The lines are kept in a temporary file, so that any number of them takes little memory.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Self

from imagesearch_ops.dlq.letters import Line, failed_at, identity


@dataclass(slots=True)
class _Place:
    """Where the latest line of a record is."""

    failed_at: str
    offset: int
    length: int
    copies: int


@dataclass(slots=True)
class Folded:
    """The records in the order in which they were first met. ``lines`` counts what was added."""

    lines: int = 0
    _places: dict[str, _Place] = field(default_factory=dict)
    _file: IO[bytes] = field(default_factory=lambda: tempfile.TemporaryFile(prefix="imagesearch-ingest-"))  # noqa: SIM115 - see close()
    _end: int = 0

    def add(self, line: Line) -> None:
        self.lines += 1
        name, at, copies = identity(line), failed_at(line), int(line.get("copies", 1))
        known = self._places.get(name)
        if known and known.failed_at >= at:
            known.copies += copies
            return
        data = json.dumps(line, ensure_ascii=True).encode()
        self._file.seek(self._end)
        self._file.write(data)
        self._places[name] = _Place(at, self._end, len(data), copies + (known.copies if known else 0))
        self._end += len(data)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Line]:
        """Yield the latest line of each record."""
        for place in list(self._places.values()):
            self._file.seek(place.offset)
            line: Line = json.loads(self._file.read(place.length))
            line["copies"] = place.copies
            yield line

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
