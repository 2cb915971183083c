"""Run the contract suites and `doctor --write` on the real services."""

import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.account import Account
from tests.live.probe import AWS, FUNCTION, INSTANCE, OSS, SMQ, STACK, Answer, Finding, cannot_tell, fails, holds, judge
from tests.live.probes.deployed import doctor_once
from tests.live.running import Result, ask
from tests.live.wanted import CONTRACT, DOCTOR, Wanted

ROOT = Path(__file__).parents[2]
FILES = ("test_object_store.py", "test_queues.py", "test_image_index.py")
_PYTEST = [sys.executable, *["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.live.plugin"]]
_MOST_SECONDS = 3600


@dataclass(frozen=True)
class Suite:
    name: str
    does: str
    run: Callable[[Account], Iterator[Result]]


def find_suites(wanted: Wanted) -> list[Suite]:
    """Return what is wanted beside the probes."""
    suites = []
    if wanted.wants(CONTRACT) and any(map(wanted.has, (INSTANCE, AWS, OSS, SMQ))):
        suites.append(Suite(CONTRACT, "tests/contract on the real services: buckets, queues, entries", run_contract))
    if wanted.wants(DOCTOR) and any(map(wanted.has, (STACK, FUNCTION))):
        suites.append(Suite(DOCTOR, "doctor --write: a small picture goes through the deployment", run_doctor))
    return suites


def run_contract(account: Account) -> Iterator[Result]:
    """Run the suites in a pytest of their own, which is a run of its own and removes what it makes."""
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder, "reports.jsonl")
        done = subprocess.run(  # noqa: S603 - our own command
            [*_PYTEST, "--live-reports", str(reports), *(f"tests/contract/{file}" for file in FILES)],
            cwd=ROOT,
            env=dict(account.wanted.environ),
            capture_output=True,
            encoding="utf-8",
            timeout=_MOST_SECONDS,
            check=False,
        )
        lines = reports.read_text(encoding="utf-8").splitlines() if reports.exists() else []
    found = defaultdict(list)
    for report in map(json.loads, lines):
        found[report["file"], report["service"]].append(report)
    if not found:
        yield Result(CONTRACT, "the contract suites", Answer.UNKNOWN, _last_words(account, done.stdout))
    for (file, service), reports_of_one in found.items():
        finding = ask(account, lambda _, rows=reports_of_one: _judge(rows))
        yield Result(CONTRACT, f"{file} on {service}", finding.answer, finding.evidence)


def _last_words(account: Account, text: str) -> str:
    return "pytest said: " + " ".join(account.redactor.prose(text)[-300:].split())


def _judge(reports: list[dict[str, str]]) -> Finding:
    counts = Counter(report["outcome"] for report in reports)
    seen = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    bad = [f"{report['test']}: {report['why']}" for report in reports if report["outcome"] != "passed"]
    return judge(not bad, "; ".join([seen, *bad]))


def run_doctor(account: Account) -> Iterator[Result]:
    finding = ask(account, _ask_doctor)
    yield Result(DOCTOR, "doctor --write", finding.answer, finding.evidence)


def _ask_doctor(account: Account) -> Finding:
    rows = doctor_once(account)
    broken = [f"{name}: {row['detail']}" for name, row in rows.items() if row["ok"] is False]
    unseen = [name for name, row in rows.items() if row["ok"] is None]
    seen = f"{len(rows)} checks, {len(broken)} broken, {len(unseen)} unknown"
    if broken:
        return fails("; ".join([seen, *broken]))
    return cannot_tell(f"{seen}: {', '.join(unseen)}") if unseen else holds(seen)
