"""Run ``python -m benchmarks.coldstart``. ``make bench-coldstart`` also writes docs/cold-start.md."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.coldstart.builds import BuildError
from benchmarks.coldstart.measure import ANSWERED, Table, measure
from benchmarks.coldstart.memory import Batch, LeftError, batches
from benchmarks.coldstart.platforms import FunctionCompute, Lambda, Platform
from benchmarks.coldstart.report import as_json, failures, markdown, with_tables
from benchmarks.coldstart.start import StartError
from benchmarks.images.sources import SOURCES

PLATFORMS: dict[str, type[Platform[Any]]] = {"aws": Lambda, "alibaba": FunctionCompute}
_BY_NAME = {source.name: source for source in SOURCES}
_PICTURE = "jpeg-1200"
_BUILDS = Path(__file__).parent / ".builds"


def main(arguments: list[str]) -> int:
    """Return the exit code: 1 if a run failed or a requirement is not met."""
    options = _options().parse_args(arguments)
    try:
        tables = [table for name in options.platforms for table in _tables(PLATFORMS[name], options.runs)]
        measured = [] if options.no_memory else list(_batches(options.platforms))
    except (BuildError, LeftError, StartError) as error:
        print(error, file=sys.stderr)
        return 1
    _write(tables, measured, options, options.command or " ".join(["python -m benchmarks.coldstart", *arguments]))
    broken = failures(tables, measured)
    print("\n".join(broken or ["all requirements are met"]), file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coldstart", description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--platforms", nargs="+", choices=PLATFORMS, default=list(PLATFORMS))
    parser.add_argument("--no-memory", action="store_true", help="leave out the batches of the largest pictures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each start to this file")
    parser.add_argument(
        "--write", type=Path, metavar="DOCUMENT", help="write the tables into this document instead of printing them"
    )
    parser.add_argument("--command", help="command that the document names, if it is not this one")
    return parser


def _tables(kind: type[Platform[Any]], runs: int) -> Iterator[Table]:
    """Yield a table with the files in the page cache, and one without."""
    picture = _BY_NAME[_PICTURE].draw()
    _BUILDS.mkdir(exist_ok=True)
    with TemporaryDirectory(
        dir=_BUILDS
    ) as folder:  # not in /tmp: files in memory cannot be dropped from the page cache
        platform = kind(Path(folder))
        for cold in (False, True):
            table = measure(platform, picture, cold=cold, runs=runs)
            times = "  ".join(f"{name} {cell.median(ANSWERED):.0f} ms" for name, cell in table.cells.items())
            print(f"{table.title}, {'cold' if cold else 'warm'}: {times}", file=sys.stderr, flush=True)
            yield table


def _batches(clouds: list[str]) -> Iterator[Batch]:
    for cloud in clouds:
        for batch in batches(cloud):
            print(f"{batch.function}, {batch.title}: {batch.peak_mb:.0f} MB", file=sys.stderr, flush=True)
            yield batch


def _write(tables: list[Table], measured: list[Batch], options: argparse.Namespace, command: str) -> None:
    text = markdown(tables, measured, options.runs, command)
    if options.json:
        options.json.write_text(as_json(tables, measured), encoding="utf-8")
    if options.write:
        document = with_tables(options.write.read_text(encoding="utf-8"), text)
        options.write.write_text(document, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
