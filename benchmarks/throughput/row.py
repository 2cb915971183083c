"""Run one row in its own process: ``python -m benchmarks.throughput.row SCENARIO``. Scenario and result are JSON.

moto keeps its state in the process, and rows that run at once must not share an interpreter. The process prints a line
when it is ready, and starts when its standard input ends.
"""

import json
import sys
from dataclasses import asdict

from benchmarks.throughput import real, simulated
from benchmarks.throughput.accounting import Result, account
from benchmarks.throughput.scenarios import Scenario

READY = "ready"


def result_of(text: str) -> Result:
    """Return the result that a row has printed."""
    values = json.loads(text)
    return Result(**values | {"scenario": Scenario(**values["scenario"])})


def main(argument: str) -> None:
    """Run the scenario, and print its result."""
    scenario = Scenario(**json.loads(argument))
    log = (simulated if scenario.simulated else real).measure(scenario, _when_all_are_ready)
    print(json.dumps(asdict(account(log, scenario))))


def _when_all_are_ready() -> None:
    print(READY, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
