"""Sort the lines of standard input by their bytes, within a bound of memory: for systems without GNU's sort(1).

The arguments are the megabytes and the folder for temporary files. The program imports nothing else of this package.
"""

import heapq
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

_OF_AN_OBJECT = 56  # bytes that Python needs for a line besides its own
_AT_ONCE = 1000  # lines


def sort_lines(lines: Iterable[bytes], megabytes: int, folder: Path) -> Iterator[bytes]:
    """Yield the lines in the order of their bytes, without line breaks. Raise ``OSError`` for a full disk."""
    with ExitStack() as stack:
        chunks = _split(lines, megabytes * 1_000_000)
        first = next(chunks, [])
        files: list[IO[bytes]] = []
        for chunk in chunks:
            if not files:
                files.append(_spill(first, folder, stack))
                first = []
            files.append(_spill(chunk, folder, stack))
        yield from heapq.merge(*map(_read, files)) if files else first


def _split(lines: Iterable[bytes], most: int) -> Iterator[list[bytes]]:
    """Yield sorted lists of lines, each of about ``most`` bytes."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        text = line.removesuffix(b"\n")
        chunk.append(text)
        size += len(text) + _OF_AN_OBJECT
        if size >= most:
            chunk.sort()
            yield chunk
            chunk, size = [], 0
    chunk.sort()
    yield chunk


def _spill(chunk: list[bytes], folder: Path, stack: ExitStack) -> IO[bytes]:
    """Write the lines to a file. It has no name, so that nothing is left behind. The stack closes it."""
    file = stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - as above
    _write(chunk, file)
    chunk.clear()
    file.seek(0)
    return file


def _read(file: IO[bytes]) -> Iterator[bytes]:
    return (line.removesuffix(b"\n") for line in file)


def _write(lines: Iterable[bytes], file: IO[bytes]) -> None:
    rest = iter(lines)
    while some := list(islice(rest, _AT_ONCE)):
        file.write(b"\n".join(some) + b"\n")
    file.flush()


def main() -> None:
    """Sort. Exit with 1, and a line that says why, as sort(1) does."""
    megabytes, folder = int(sys.argv[1]), Path(sys.argv[2])
    try:
        _write(sort_lines(sys.stdin.buffer, megabytes, folder), sys.stdout.buffer)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        sys.exit(f"sort: {error.strerror}")


if __name__ == "__main__":
    main()
