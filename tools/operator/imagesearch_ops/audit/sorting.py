"""Sort lines in a process of its own: by GNU's sort(1) where there is one, else by ``line_sort.py``."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

from imagesearch_ops.audit import line_sort
from imagesearch_ops.terminal_text import printable

_FILES_AT_ONCE = 200  # that sort(1) merges: with fewer, it would write everything twice
_ENDING_SECONDS = 10.0


class Sorting:
    """Lines on their way through a sort. Write all of them, then read all of them."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - all are pipes
        self._process = process
        self._folder = folder
        self.input: IO[bytes] = process.stdin
        self.write = self.input.write
        self._output: IO[bytes] = process.stdout
        self._complaints: IO[bytes] = process.stderr

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raise ``OSError`` that names the folder if the sort ends while lines are written in the block."""
        try:
            yield
        except BrokenPipeError:
            raise self.fault() from None

    def end(self) -> None:
        """Say that no more lines follow. Raise ``OSError`` that names the folder if the sort has failed."""
        try:
            self.input.close()
        except OSError:
            raise self.fault() from None

    def read(self) -> Iterator[bytes]:
        """Yield the lines in the order of their bytes. Raise ``OSError`` as ``end`` does."""
        self.end()
        yield from self._output
        if self._process.wait():
            raise self.fault()

    def fault(self) -> OSError:
        """Return why the sort has failed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_SECONDS)
        self._process.kill()
        said = self._complaints.read().decode(errors="replace").strip().splitlines()
        cause = printable(said[-1].rpartition(": ")[2]) if said else f"exit code {self._process.returncode}"
        return OSError(
            f"{self._folder}: sorting failed: {cause}. Free space there, or name another folder with --state."
        )


@contextmanager
def sorting(folder: Path, megabytes: int) -> Iterator[Sorting]:
    """Yield a sort that needs about so many megabytes, with its temporary files in the folder. It ends with the block.

    Its process is no part of this one's group: Ctrl-C reaches it through this process alone. An error names the folder
    that holds the folder, which is the run's.
    """
    process = subprocess.Popen(  # noqa: S603 - our own command
        _command(folder, megabytes),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # not a file, which the same full disk would not take
        bufsize=1 << 18,
        env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
        start_new_session=True,
    )
    try:
        yield Sorting(process, folder.parent)
    finally:
        process.terminate()  # it removes its files
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]  # all are pipes
        process.wait()


def _command(folder: Path, megabytes: int) -> list[str]:
    program = find_sort()
    if program is None:
        return [sys.executable, "-I", str(line_sort.__file__), str(megabytes), str(folder)]
    return [program, f"--buffer-size={megabytes}M", f"--temporary-directory={folder}", f"--batch-size={_FILES_AT_ONCE}"]


@cache
def find_sort() -> str | None:
    """Return the path of GNU's sort(1), or ``None``. Others have other options."""
    program = shutil.which("sort") or shutil.which("gsort")
    if program is None:
        return None
    try:
        said = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=10)  # noqa: S603 - as above
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if b"GNU" in said.stdout else None
