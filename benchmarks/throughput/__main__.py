"""Run ``python -m benchmarks.throughput``. ``make bench-throughput`` also writes docs/throughput.md."""

import argparse
import sys
from pathlib import Path

from benchmarks.throughput.accounting import Result
from benchmarks.throughput.groups import RowError, run_together
from benchmarks.throughput.plan import full, quick
from benchmarks.throughput.report import as_json, failures, line, markdown, with_tables


def main(arguments: list[str]) -> int:
    """Return the exit code: 1 if a row failed or a requirement is not met."""
    options = _options().parse_args(arguments)
    results: list[Result] = []
    errors: list[RowError] = []

    def on_result(result: Result) -> None:
        print(line(result), file=sys.stderr, flush=True)
        results.append(result)

    for group in quick() if options.quick else full():
        run_together(group, on_result, errors.append)
    _write(results, options, options.command or " ".join(["python -m benchmarks.throughput", *arguments]))
    broken = [str(error) for error in errors] + ([] if options.quick else failures(results))
    summary = "trial run: the requirements were not checked" if options.quick else "all requirements are met"
    print("\n".join(broken or [summary]), file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run a few short rows, as a trial only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to this file")
    parser.add_argument(
        "--write", type=Path, metavar="DOCUMENT", help="write the tables into this document instead of printing them"
    )
    parser.add_argument("--command", help="command that the document names, if it is not this one")
    return parser


def _write(results: list[Result], options: argparse.Namespace, command: str) -> None:
    tables = markdown(results, command)
    if options.json:
        options.json.write_text(as_json(results), encoding="utf-8")
    if options.write:
        document = with_tables(options.write.read_text(encoding="utf-8"), tables)
        options.write.write_text(document, encoding="utf-8")
    else:
        print(tables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
