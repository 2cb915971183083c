"""Probes of a deployment: what `doctor --write` finds, and where the dead letters lead people."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from imagesearch_ingest.model.reasons import Reason
from tests.live.account import Account
from tests.live.probe import FUNCTION, STACK, WEB, Finding, cannot_tell, fails, holds, judge, probe

COMMAND = str(Path(sys.executable).with_name("imagesearch-ingest"))


def doctor_once(account: Account) -> dict[str, dict[str, Any]]:
    """Run `doctor --write`. Return its findings by the names of the checks; ``error`` says why there are none."""

    def make() -> dict[str, dict[str, Any]]:
        wanted = account.wanted
        place = ["--stack", wanted.stack] if wanted.stack else ["--function", str(wanted.function)]
        done = subprocess.run(  # noqa: S603 - our own command
            [COMMAND, "doctor", "--write", "--json", *place],
            env=dict(wanted.environ),
            capture_output=True,
            encoding="utf-8",
            timeout=900,
            check=False,
        )
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = {row["check"]: row for row in rows if "check" in row}
        if not found:
            raise OSError(f"doctor ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
        return found

    return account.once("doctor", make)


def _judge_checks(found: dict[str, dict[str, Any]], *names: str) -> Finding:
    """Answer by some of doctor's checks. One that could not see anything leaves the answer open."""
    states = {name: found.get(name, {}).get("ok") for name in names}
    words = {True: "ok", False: "broken", None: "unknown"}
    seen = ", ".join(f"{name} {words[state]}" for name, state in states.items())
    if False in states.values():
        detail = next(found[name]["detail"] for name, state in states.items() if state is False)
        return fails(f"{seen}: {detail}")
    return cannot_tell(seen) if None in states.values() else holds(seen)


@probe(
    "AWS-05",
    STACK,
    "doctor --write: a small picture is uploaded, found and deleted",
    adds=1,
    leaves="a bucket, queue or secret with a key of your own, if this stack has none",
)
def ask_stack(account: Account) -> Finding:
    return _judge_checks(doctor_once(account), "function.state", "function.errors", "canary.picture")


@probe("ALI-01", FUNCTION, "doctor --write: a small picture is uploaded, found and deleted", adds=1)
def ask_rules(account: Account) -> Finding:
    return _judge_checks(doctor_once(account), "bucket.announces")


@probe("ALI-07", FUNCTION, "as ALI-01", adds=1, leaves="the version of glibc itself")
def ask_layers(account: Account) -> Finding:
    return _judge_checks(doctor_once(account), "function.state", "canary.picture")


@probe("DOC-01", WEB, "1 request of the page of reasons")
def ask_page(_: Account) -> Finding:
    url = Reason.CORRUPT_IMAGE.docs_url.partition("#")[0]
    try:
        with urlopen(Request(url, method="GET"), timeout=10) as answer:  # noqa: S310 - our own page
            return judge(answer.status == 200, f"{url}: {answer.status}")
    except OSError as error:
        code = getattr(error, "code", None)
        return fails(f"{url}: {code}") if code == 404 else cannot_tell(f"{url}: {type(error).__name__}")
