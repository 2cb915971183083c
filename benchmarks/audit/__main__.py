"""Run the benchmark: ``python -m benchmarks.audit --keys 10000000``."""

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.audit.inputs import write_inputs
from benchmarks.audit.measure import measure


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, help="keys on each side; default: %(default)s")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="audit-") as folder:
        inputs = write_inputs(Path(folder) / "in", options.keys)
        found = measure(inputs, Path(folder) / "run")
    summary = found.summary
    print(f"{summary['listed']:,} keys, {summary['missing']:,} missing, {summary['orphaned']:,} orphaned")
    print(f"{found.seconds:.0f} s, {found.cpu_seconds:.0f} s of CPU, load {os.getloadavg()[0]:.0f}")
    print(f"peaks: {', '.join(f'{peak:.0f}' for peak in found.peaks_mb)} MB, together {found.sum_mb:.0f} MB")
    return 0 if (summary["missing"], summary["orphaned"]) == (inputs.missing, inputs.orphaned) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
