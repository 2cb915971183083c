"""Write the entries of a dump as lines to sort, in a process of its own: the bucket is listed at the same time.

A line holds only the IDs. The program's argument is a JSON object; it writes the lines to standard output, and what it
found to standard error.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

from imagesearch_ops.audit.run_lines import FIELD, join_ids
from imagesearch_ops.index.fields import read_ids
from imagesearch_ops.index.normalising import Normalised, read_entries

if TYPE_CHECKING:
    from imagesearch_ops.audit.sorting import Sorting


class DumpReading:
    """A process that reads a dump into a sort."""

    def __init__(self, process: "subprocess.Popen[bytes]", sort: "Sorting") -> None:
        assert process.stderr  # noqa: S101 - it is a pipe
        self._process, self._sort = process, sort
        self._said: IO[bytes] = process.stderr

    def wait(self) -> Normalised:
        """Return what was found, once all lines are written. Raise ``OSError`` that says why that is not possible."""
        said = self._said.read().decode(errors="replace").strip().splitlines() or [""]
        self._process.wait()
        if "BrokenPipeError" in said[-1]:
            raise self._sort.fault()
        self._sort.end()
        if self._process.returncode:
            why = said[-1] or f"its process ended with {self._process.returncode}"
            raise OSError(f"the dump was not read to its end: {why}")
        return Normalised(**json.loads(said[-1]))


@contextmanager
def reading_dump(path: Path, found: Normalised, sort: "Sorting") -> Iterator[DumpReading]:
    """Yield the process that reads the dump. It ends with the block. ``found`` says how many entries to expect."""
    job = {"path": str(path.resolve()), "parent": os.getpid(), "before": found.before, "after": found.after}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-P", "-m", __name__, json.dumps(job)],
        stdin=subprocess.DEVNULL,
        stdout=sort.input,
        stderr=subprocess.PIPE,
        env=os.environ,
        start_new_session=True,
    )
    try:
        yield DumpReading(process, sort)
    finally:
        process.kill()
        process.stderr.close()  # type: ignore[union-attr]  # it is a pipe
        process.wait()


def main() -> None:
    """Read the dump."""
    job = json.loads(sys.argv[1])
    found = Normalised(job["before"], job["after"])
    out = sys.stdout.buffer

    def check_parent(_: int) -> None:
        if os.getppid() != job["parent"]:  # it was killed, so that nobody needs the lines
            sys.exit(1)

    for entry in read_entries(Path(job["path"]), found, tell=check_parent, read=read_ids):
        out.write(join_ids(entry.product_id, entry.pic_name) + FIELD + b"\n")
    out.flush()
    sys.stderr.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
