"""Run ``make fuzz SECONDS=600``: print a line per finding, save its input, and print a summary.

The exit code is 1 if anything was found.
"""

import argparse
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.hunt import Finding, hunt
from tests.fuzz.mutation import mutate

_FOLDER = Path(".fuzz")
_INTERRUPTED = 130
_VARYING = re.compile(r"[0-9]+|b?'.*'|\".*\"")


def main() -> int:
    arguments = _arguments()
    seen, kinds = 0, Counter[str]()
    code = 0
    try:
        for event in hunt(arguments.first, arguments.workers, arguments.seconds):
            if isinstance(event, Finding):
                _report(event, kinds)
            else:
                seen += 1
    except KeyboardInterrupt:
        code = _INTERRUPTED
    print(f"{seen} inputs from number {arguments.first} on, {kinds.total()} findings of {len(kinds)} kinds")  # noqa: T201 (a program's output)
    for kind, times in kinds.most_common():
        print(f"{times:6} {kind}")  # noqa: T201
    return 1 if kinds else code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--first", type=int, default=int(time.time()) * 1000, help="the first input's number")
    return parser.parse_args()


def _report(finding: Finding, kinds: Counter[str]) -> None:
    """Save and print only the first finding of a kind, since most faults are found many times."""
    kind = _VARYING.sub("*", finding.words)
    kinds[kind] += 1
    if kinds[kind] > 1:
        return
    _FOLDER.mkdir(exist_ok=True)
    path = _FOLDER / f"{finding.number}.bin"
    path.write_bytes(mutate(finding.number))
    print(f"{path}: {finding.words}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
