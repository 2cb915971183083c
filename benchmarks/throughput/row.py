"""One row in a process of its own: ``python -m benchmarks.throughput.row SCENARIO``, which is JSON, as is the result.

Of its own, since moto keeps its state in the process, and rows that run at once must not share an interpreter. It says
when it is ready, and begins at the end of its standard input.
"""

import json
import sys
from dataclasses import asdict

from benchmarks.throughput import real, simulated
from benchmarks.throughput.accounting import Result, account
from benchmarks.throughput.scenarios import Scenario

READY = "ready"


def result_of(text: str) -> Result:
    values = json.loads(text)
    return Result(**values | {"scenario": Scenario(**values["scenario"])})


def main(argument: str) -> None:
    scenario = Scenario(**json.loads(argument))
    log = (simulated if scenario.simulated else real).measured(scenario, _when_all_are_ready)
    print(json.dumps(asdict(account(log, scenario))))


def _when_all_are_ready() -> None:
    print(READY, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
