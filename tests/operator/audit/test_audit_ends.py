"""An audit that does not come to its end, on the local AWS: nothing half-done is trusted, and nothing is left."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, clean_environ, untraced
from tests.operator.audit.conftest import Shop


def start(shop: Shop, *options: str) -> "subprocess.Popen[str]":
    environ = untraced(clean_environ(**shop.environ()))
    command = [COMMAND, "audit", "--state", str(shop.folder / "run"), "--json", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environ, stdout=pipe, stderr=pipe, stdin=pipe, text=True)  # noqa: S603 - our own


def wait_for_sorting(shop: Shop) -> None:
    until = time.monotonic() + 60
    while not list((shop.folder / "run").glob("sorting-*")):
        assert time.monotonic() < until
        time.sleep(0.01)


def processes_of(folder: Path) -> list[str]:
    """Return the processes whose arguments name the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [line for line in [path.read_text()] if str(folder) in line]
        except OSError:
            continue
    return found


def wait_for_nobody(folder: Path) -> None:
    until = time.monotonic() + 30
    while processes_of(folder):
        assert time.monotonic() < until, processes_of(folder)
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_audit_that_is_stopped_has_concluded_nothing(on_aws: Shop, number: signal.Signals) -> None:
    """Keys come from standard input, which stays open: the audit waits for more."""
    on_aws.fill("a/1.jpg")
    process = start(on_aws, "--keys-from", "-")
    wait_for_sorting(on_aws)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    about = json.loads((on_aws.folder / "run/run.json").read_text())
    assert (about["complete"], about.get("counts")) == (False, None)
    assert not (on_aws.folder / "run/differences.jsonl").exists()
    wait_for_nobody(on_aws.folder)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
        return
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    (last,) = map(json.loads, out.splitlines())
    assert (last["summary"]["drift"], last["summary"]["missing"]) == (None, None)
    assert not list((on_aws.folder / "run").glob("sorting-*"))


def test_two_audits_do_not_share_a_folder(on_aws: Shop) -> None:
    on_aws.fill("a/1.jpg")
    first = start(on_aws, "--keys-from", "-")
    wait_for_sorting(on_aws)
    second = start(on_aws)
    _, said = second.communicate(timeout=60)
    assert (second.returncode, "is in use by another command" in said) == (2, True)
    first.kill()
    first.communicate(timeout=60)
