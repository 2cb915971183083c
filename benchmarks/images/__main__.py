"""Run the benchmark: ``python -m benchmarks.images``. ``make bench-images`` installs the other libraries first."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.images.checks import WrongWorkError
from benchmarks.images.contenders import FOLDER, OURS, find_commands
from benchmarks.images.measure import Row, measure
from benchmarks.images.report import as_json, markdown, mean_ratio, with_tables
from benchmarks.images.sources import SOURCES
from benchmarks.images.worker import WorkerError

_BY_NAME = {source.name: source for source in SOURCES}
_ROWS = "rows to measure; all by default: %(choices)s"


def main(arguments: list[str]) -> int:
    options = _build_parser().parse_args(arguments)
    try:
        rows = list(_measure(options))
    except (WorkerError, WrongWorkError) as error:
        print(error, file=sys.stderr)
        return 1
    command = options.command or " ".join(["python -m benchmarks.images", *arguments])
    _write(rows, options, command)
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs per row")
    parser.add_argument("--rows", nargs="+", choices=_BY_NAME, default=list(_BY_NAME), metavar="ROW", help=_ROWS)
    parser.add_argument("--limits", nargs="+", type=int, default=[4096, 1024], help="longest sides, in pixels")
    parser.add_argument("--sources", type=Path, default=FOLDER / ".sources", help="folder of the pictures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="file for the time of every run")
    parser.add_argument(
        "--write", type=Path, metavar="DOCUMENT", help="document to write the tables into; without it they are printed"
    )
    parser.add_argument("--command", help="command to name in the document; by default this one")
    return parser


def _measure(options: argparse.Namespace) -> Iterator[Row]:
    commands = find_commands()
    with TemporaryDirectory() as scratch:
        for limit in options.limits:
            for name in options.rows:
                file = _BY_NAME[name].file(options.sources)
                row = measure(_BY_NAME[name], file, limit, commands=commands, runs=options.runs, scratch=Path(scratch))
                print(_describe(row), file=sys.stderr, flush=True)
                yield row


def _describe(row: Row) -> str:
    times = "  ".join(f"{name} {cell.median_ms:.1f}" for name, cell in row.cells.items())
    return f"{row.limit} px, {row.title}: {times}; ratio {row.ratio(OURS) or 0:.2f}"


def _write(rows: list[Row], options: argparse.Namespace, command: str) -> None:
    tables = markdown(rows, options.runs, command)
    if options.json:
        options.json.write_text(as_json(rows), encoding="utf-8")
    if options.write:
        document = with_tables(options.write.read_text(encoding="utf-8"), tables)
        options.write.write_text(document, encoding="utf-8")
    else:
        print(tables)
    print(f"geometric mean of the ratios: {mean_ratio(rows) or 0:.2f}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
