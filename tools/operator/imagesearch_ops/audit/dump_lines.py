"""Write the entries of a dump as lines to sort, in a process of its own: the bucket is listed at the same time.

A line holds only the IDs. The program's argument is a JSON object; it writes the lines to standard output, and what it
found of the dump to a file.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from imagesearch_ops.audit.run_lines import FIELD, join_ids
from imagesearch_ops.audit.sorting import Sorting
from imagesearch_ops.index.fields import read_ids
from imagesearch_ops.index.normalising import Normalised, read_entries

_ABOUT, _LOG = "dump.json", "dump.log"


class DumpReading:
    """A process that reads a dump into a sort."""

    def __init__(self, process: "subprocess.Popen[bytes]", sort: Sorting, folder: Path) -> None:
        self._process = process
        self._sort = sort
        self._folder = folder

    def wait(self) -> Normalised:
        """Return what was found, once all lines are written. Raise ``OSError`` that says why that is not possible."""
        self._process.wait()
        self._sort.end()
        about = self._folder / _ABOUT
        if self._process.returncode == 0:
            return Normalised(**json.loads(about.read_bytes()))
        said = (self._folder / _LOG).read_text(errors="replace").strip().splitlines()
        if said and "BrokenPipeError" in said[-1]:
            raise self._sort.fault()
        why = said[-1] if said else f"its process ended with {self._process.returncode}"
        raise OSError(f"the dump was not read to its end: {why}")


@contextmanager
def reading_dump(path: Path, found: Normalised, sort: Sorting, folder: Path) -> Iterator[DumpReading]:
    """Yield the process that reads the dump. It ends with the block. ``found`` says how many entries to expect."""
    about = folder / _ABOUT
    job = {"path": str(path.resolve()), "about": str(about), "before": found.before, "after": found.after}
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", __name__, json.dumps(job)],
            stdin=subprocess.DEVNULL,
            stdout=sort.input,
            stderr=log,
            env=os.environ,
            start_new_session=True,
        )
    try:
        yield DumpReading(process, sort, folder)
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Read the dump."""
    job = json.loads(sys.argv[1])
    found = Normalised(job["before"], job["after"])
    out = sys.stdout.buffer
    for entry in read_entries(Path(job["path"]), found, read=read_ids):
        out.write(join_ids(entry.product_id, entry.pic_name) + FIELD + b"\n")
    out.flush()
    Path(job["about"]).write_text(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
