"""Write the lines of a dump in one form, and judge whether the dump was understood."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from imagesearch_ops.index.answers import Entry
from imagesearch_ops.index.containers import UnreadableDumpError, open_streams
from imagesearch_ops.index.fields import read_entry
from imagesearch_ops.index.masking import mask
from imagesearch_ops.index.recognition import Reader, read_lines

ENOUGH_PERCENT = 99  # of the lines must be recognised
_EXAMPLES = 3
_ENTRY_BYTES, _SPARE_BYTES, _SPARE_LINES = 1 << 16, 1 << 26, 1000
_TELL_EVERY = 10_000  # lines


class NotTrustedError(Exception):
    """A dump that was not understood. The message says why."""


@dataclass(slots=True)
class Normalised:
    """What a dump held. ``fault`` says why it was not read to its end. ``examples`` are masked."""

    before: int
    after: int
    lines: int = 0
    recognised: int = 0
    form: str = "empty"
    compression: str = "none"
    fault: str = ""
    examples: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Return how many entries came or went while the dump was made."""
        return abs(self.after - self.before)

    def check(self) -> None:
        """Raise ``NotTrustedError`` unless nearly all lines were recognised, as many as the instance has entries."""
        self.check_lines()
        if min(abs(self.lines - self.before), abs(self.lines - self.after)) > self.changed:
            counted = f"{self.before:,}" if not self.changed else f"{self.before:,} to {self.after:,}"
            raise NotTrustedError(
                f"the dump ({self.form}) has {self.lines:,} lines, but the instance counted {counted} entries"
            )

    def check_lines(self) -> None:
        """Raise ``NotTrustedError`` unless the dump was read to its end, and nearly all lines were recognised."""
        if self.fault:
            raise NotTrustedError(f"the dump was not read to its end: {self.fault}")
        if self.recognised * 100 < self.lines * ENOUGH_PERCENT:
            share = f"{self.recognised:,} of {self.lines:,}"
            raise NotTrustedError(f"only {share} lines of the dump ({self.form}) were recognised")

    def show(self) -> list[str]:
        """Return up to three lines, masked: those that were not recognised, or else the first ones."""
        return self.examples or self.first

    def note(self, text: str | bytes, *, is_recognised: bool, most: int) -> None:
        """Count a line, and keep it as an example if there is room. Raise ``UnreadableDumpError`` beyond ``most``."""
        self.lines += 1
        self.recognised += is_recognised
        kept = self.first if is_recognised else self.examples
        if len(kept) < _EXAMPLES:
            kept.append(mask(text))
        if self.lines > most:
            raise UnreadableDumpError(f"it has more than {most:,} lines")


def normalise(
    raw: Path,
    found: Normalised,
    columns: Sequence[str],
    *,
    write: Callable[[bytes], None],
    tell: Callable[[int], None],
) -> None:
    """Write each entry of ``raw`` as one JSON line, and count in ``found``."""
    for entry in read_entries(raw, found, columns, tell=tell):
        write(json.dumps(entry.public()).encode() + b"\n")


def read_entries(
    raw: Path,
    found: Normalised,
    columns: Sequence[str] = (),
    *,
    tell: Callable[[int], None] = lambda _: None,
    read: Reader = read_entry,
) -> Iterator[Entry]:
    """Yield each entry of ``raw``, and count the lines in ``found``, which also notes a fault that ends the reading.

    ``read`` makes an entry of the fields of a line: all of it, or only its IDs.
    What the instance counted bounds what is read, since a small file can decompress to any size.
    """
    most = max(found.before, found.after)
    limit = 2 * most * _ENTRY_BYTES + _SPARE_BYTES
    try:
        with open_streams(raw, limit) as (found.compression, streams):
            for stream in streams:
                found.form, lines = read_lines(stream, columns, read)
                for entry, text in lines:
                    found.note(text, is_recognised=entry is not None, most=2 * most + _SPARE_LINES)
                    if entry:
                        yield entry
                    if found.lines % _TELL_EVERY == 0:
                        tell(found.lines)
    except UnreadableDumpError as error:
        found.fault = str(error)
