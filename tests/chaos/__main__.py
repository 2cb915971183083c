"""Run simulated worlds and print a line for each; exit with 1 if one does not balance (``make chaos SEED=123``)."""

import argparse
import sys
from dataclasses import replace

from tests.chaos.setup import CLOUDS, Setup, draw_setup
from tests.chaos.simulation import World


def main() -> int:
    arguments = _arguments()
    balanced = True
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        for cloud in arguments.cloud.split(","):
            if arguments.varied:
                setup = replace(draw_setup(cloud, seed, arguments.objects), keep_lines=arguments.trace)
            else:
                setup = Setup(cloud, seed, arguments.objects, arguments.faults, keep_lines=arguments.trace)
            balanced &= _run(setup)
    return 0 if balanced else 1


def _run(setup: Setup) -> bool:
    world = World(setup)
    ledger = world.run()
    print("\n".join(world.journal.lines), end="\n" if world.journal.lines else "")  # noqa: T201 - output of a program
    print(world.summary(), flush=True)  # noqa: T201
    for complaint in ledger.complaints:
        print(f"  {complaint}", flush=True)  # noqa: T201
    return not ledger.complaints


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds, starting with --seed")
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.2, help="share of calls that fail, from 0 to 1")
    parser.add_argument("--cloud", default=",".join(CLOUDS))
    parser.add_argument("--varied", action="store_true", help="the seed decides the rates and the uploads, too")
    parser.add_argument("--trace", action="store_true", help="print each step")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
