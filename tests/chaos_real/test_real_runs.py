"""The ledger balances for real handlers whose processes are killed and whose clouds and networks fail.

A failed run prints the command that repeats it, as far as real time allows.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ODD = {
    "all workers killed, every second": ["--kills", "1", "--kill-all"],
    "two functions on one queue": ["--sources", "2"],
    "no network for ten seconds": ["--outage", "10", "--patience", "90"],
    "a log that cannot be written": ["--full-log"],
    "connections that die young": ["--mean-bytes", "1500", "--patience", "90"],
}


def balances(cloud: str, seed: int, *options: str) -> None:
    """Run in a new process, which can see everything that is left behind."""
    command = ["-m", "tests.chaos_real", "--cloud", cloud, "--seed", str(seed), *options]
    done = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    print("python", *command, done.stdout, sep=" ")  # noqa: T201 - pytest shows it when the test fails
    assert done.returncode == 0, f"python {' '.join(command)}\n{done.stdout}\n{done.stderr[-4000:]}"


@pytest.mark.slow
@pytest.mark.parametrize(("cloud", "times"), [("aws", 300), ("alibaba", 2000)])  # moto is slow with long queues
def test_many_announcements_of_one_key_balance(cloud: str, times: int) -> None:
    balances(cloud, 11, "--duplicates", str(times), "--kills", "0.3", "--patience", "150")


def test_short_run_balances() -> None:
    balances("alibaba", 3, "--objects", "8", "--seconds", "0.8", "--kills", "0.7")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("cloud", ["aws", "alibaba"])
def test_run_with_sigkill_balances(cloud: str, seed: int) -> None:
    balances(cloud, seed)


@pytest.mark.slow
@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("cloud", ["aws", "alibaba"])
def test_rare_conditions_balance(cloud: str, what: str) -> None:
    balances(cloud, 11, *ODD[what])
