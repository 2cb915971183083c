"""The runner: ``python -m benchmarks.throughput``; ``make bench-throughput`` has it write docs/throughput.md."""

import argparse
import sys
from pathlib import Path

from benchmarks.throughput.accounting import Result
from benchmarks.throughput.groups import RowError, together
from benchmarks.throughput.plan import full, quick
from benchmarks.throughput.report import as_json, failures, line, markdown, with_tables


def main(arguments: list[str]) -> int:
    options = _options().parse_args(arguments)
    results: list[Result] = []
    errors: list[RowError] = []

    def on_result(result: Result) -> None:
        print(line(result), file=sys.stderr, flush=True)
        results.append(result)

    for group in quick() if options.quick else full():
        together(group, on_result, errors.append)
    _write(results, options, options.command or " ".join(["python -m benchmarks.throughput", *arguments]))
    broken = [str(error) for error in errors] + ([] if options.quick else failures(results))
    verdict = "a trial, of which nothing is judged" if options.quick else "all that must hold, holds"
    print("\n".join(broken or [verdict]), file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few short rows: to try it, not to believe it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the results here as well")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="puts the tables here, instead of printing them")
    parser.add_argument("--command", help="the command that the document names, when it is not this one")
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
