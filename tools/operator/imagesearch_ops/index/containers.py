"""Open a dump, which may be compressed, as one stream of bytes that cannot fill memory or run for ever."""

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_MOST_MEMBERS = 1000
# What the decoders raise; RuntimeError for an encrypted zip, NotImplementedError for a method that zipfile lacks.
_BROKEN = (
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)
_BUFFER_BYTES = 1 << 20


class UnreadableDumpError(Exception):
    """A dump that cannot be read to its end. The message says why."""


@dataclass(slots=True)
class _Budget:
    """How many bytes may still be read, of all streams together."""

    limit: int
    taken: int = 0

    def take(self, count: int) -> None:
        self.taken += count
        if self.taken > self.limit:
            raise UnreadableDumpError(f"it decompresses to more than {self.limit // 1_000_000} MB")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Bounded(io.RawIOBase):
    """Read a stream within the budget. Errors of its decoder become ``UnreadableDumpError``."""

    def __init__(self, stream: _Readable, budget: _Budget) -> None:
        self._stream, self._budget = stream, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # CPython passes a memoryview
        try:
            data = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise UnreadableDumpError(f"it cannot be decompressed: {error}") from None
        self._budget.take(len(data))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_streams(path: Path, limit: int) -> Iterator[tuple[str, Iterator[BinaryIO]]]:
    """Yield the name of the compression, and one stream for each file inside: one, unless it is a zip.

    ``limit`` bounds the bytes of all of them. Raise ``UnreadableDumpError`` here and while they are read.
    """
    with path.open("rb") as file, ExitStack() as stack:
        start = file.read(len(_ZIP))
        file.seek(0)
        if start in (_ZIP, _EMPTY_ZIP):
            yield "zip", _open_members(stack, file, _Budget(limit))
        else:
            is_gzip = start.startswith(_GZIP)
            yield "gzip" if is_gzip else "none", iter([_open(stack, file, _Budget(limit))])


def _open(stack: ExitStack, stream: _Readable, budget: _Budget) -> BinaryIO:
    """Return the stream, decompressed if it is gzip: a zip may hold files that are."""
    raw = io.BufferedReader(_Bounded(stream, budget), _BUFFER_BYTES)
    if not raw.peek(2).startswith(_GZIP):
        return raw
    decompressed = gzip.GzipFile(fileobj=raw)
    stack.callback(decompressed.close)
    return io.BufferedReader(_Bounded(decompressed, budget), _BUFFER_BYTES)


def _open_members(stack: ExitStack, file: BinaryIO, budget: _Budget) -> Iterator[BinaryIO]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > _MOST_MEMBERS:
            raise UnreadableDumpError(f"the zip holds {len(members)} files; at most {_MOST_MEMBERS} are read")
        for member in members:
            with archive.open(member) as opened:
                yield _open(stack, opened, budget)
    except _BROKEN as error:
        raise UnreadableDumpError(f"the zip cannot be opened: {error}") from None
