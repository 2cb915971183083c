"""Run real workers on failing clouds, and print a line for each run (``make chaos-real SEED=7``)."""

import argparse
import json
import sys

from tests.chaos_real import leftovers
from tests.chaos_real.places import Conditions
from tests.chaos_real.running import PLACES, Plan, Run


def main() -> int:
    arguments = _arguments()
    leftovers.adopt_orphans()
    failed = False
    for seed in range(arguments.seed, arguments.seed + arguments.runs):
        report = Run(_plan(arguments, seed)).report()
        print(json.dumps({"cloud": arguments.cloud, "seed": seed, "problems": len(report.problems)} | report.facts))  # noqa: T201 - output of a program
        for problem in report.problems:
            print(f"seed {seed}: {problem}")  # noqa: T201 - as above
        sys.stdout.flush()
        failed |= bool(report.problems)
    return int(failed)


def _plan(arguments: argparse.Namespace, seed: int) -> Plan:
    conditions = Conditions(arguments.mean_bytes, arguments.sources, full_log=arguments.full_log)
    own = ("cloud", "objects", "seconds", "kills", "kill_all", "outage", "duplicates", "patience")
    return Plan(seed=seed, conditions=conditions, **{name: getattr(arguments, name) for name in own})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos_real", description=__doc__)
    parser.add_argument("--cloud", choices=sorted(PLACES), default="aws")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1, help="number of runs, each with the next seed")
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="how long uploaders use the bucket while faults occur"
    )
    parser.add_argument("--kills", type=float, default=0.4, help="killed workers per second (SIGKILL)")
    parser.add_argument("--kill-all", action="store_true", help="kill all workers each time, at even intervals")
    parser.add_argument("--outage", type=float, default=0.0, help="seconds without a network, in the middle of the run")
    parser.add_argument("--duplicates", type=int, default=0, help="how often the first key is announced in a row")
    parser.add_argument("--sources", type=int, default=1, help="number of event sources that read the queue")
    parser.add_argument("--full-log", action="store_true", help="let every write to the log fail")
    parser.add_argument(
        "--mean-bytes", type=float, default=8_000, help="mean number of bytes before a connection fails"
    )
    parser.add_argument("--patience", type=float, default=60.0, help="seconds until the queue must be empty")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
