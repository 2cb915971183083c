"""The runner: ``python -m benchmarks.images``; ``make bench-images`` installs what it compares with."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.images.checks import WrongWorkError
from benchmarks.images.contenders import FOLDER, OURS, installed
from benchmarks.images.measure import Row, measure
from benchmarks.images.report import as_json, markdown, mean_ratio, with_tables
from benchmarks.images.sources import SOURCES
from benchmarks.images.worker import WorkerError

_BY_NAME = {source.name: source for source in SOURCES}
_ROWS = "of: %(choices)s; all of them when left out"


def main(arguments: list[str]) -> int:
    options = _options().parse_args(arguments)
    try:
        rows = list(_measured(options))
    except (WorkerError, WrongWorkError) as error:
        print(error, file=sys.stderr)
        return 1
    command = options.command or " ".join(["python -m benchmarks.images", *arguments])
    _write(rows, options, command)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images", description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--rows", nargs="+", choices=_BY_NAME, default=list(_BY_NAME), metavar="ROW", help=_ROWS)
    parser.add_argument("--limits", nargs="+", type=int, default=[4096, 1024], help="longest sides, in pixels")
    parser.add_argument("--sources", type=Path, default=FOLDER / ".sources", help="where the pictures are kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes every single run here")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="puts the tables here, instead of printing them")
    parser.add_argument("--command", help="the command that the document names, when it is not this one")
    return parser


def _measured(options: argparse.Namespace) -> Iterator[Row]:
    commands = installed()
    with TemporaryDirectory() as scratch:
        for limit in options.limits:
            for name in options.rows:
                file = _BY_NAME[name].file(options.sources)
                row = measure(_BY_NAME[name], file, limit, commands=commands, runs=options.runs, scratch=Path(scratch))
                print(_progress(row), file=sys.stderr, flush=True)
                yield row


def _progress(row: Row) -> str:
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
