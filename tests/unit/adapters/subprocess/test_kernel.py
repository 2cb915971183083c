"""A picture has taken over the child: what can it read? Parent and child have the same user, who has no privileges."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from imagesearch_ingest.adapters.subprocess import kernel

PLANTED = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tPLANTEDkeyOfTheParent",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "PLANTED-secret-of-the-parent-0123456789",
}
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")  # some kernels let no child debug its parent anyway
READ = {"environment", "descriptor_by_path"}
DEBUGGED = {"memory", "memory_at_address", "process_vm", "debugger", "stolen_descriptor"}
ELSEWHERE = {"file", "network", "program"}
# Root may read everything, so its capabilities go. One stays that only helps the attacker: to read any file, such as
# the interpreter in root's folder.
AS_NOBODY = [
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
]


def succeeding(*, hides: bool, locks: bool) -> set[str]:
    """Return the names of the attacks that get a secret of the parent."""
    script = Path(__file__).parent / "stronghold.py"
    arguments = ["yes" if given else "no" for given in (hides, locks)]
    done = subprocess.run(  # noqa: S603 - our own program
        [*(AS_NOBODY if os.geteuid() == 0 else []), sys.executable, str(script), *arguments],
        env={"PATH": os.environ["PATH"], **PLANTED},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr
    return set(json.loads(done.stdout))


def test_hijacked_child_gets_no_secret() -> None:
    assert succeeding(hides=True, locks=True) == set()


def test_hiding_alone_closes_environment_memory_and_descriptors() -> None:
    assert succeeding(hides=True, locks=False) == ELSEWHERE


def test_attacks_succeed_where_nothing_is_closed() -> None:
    """Otherwise the other tests would prove nothing."""
    may_debug = not YAMA.exists() or YAMA.read_text(encoding="utf-8").strip() == "0"
    assert succeeding(hides=False, locks=False) == READ | ELSEWHERE | (DEBUGGED if may_debug else set())


@pytest.mark.parametrize(
    "library",
    [SimpleNamespace(), SimpleNamespace(prctl=lambda *_: -1)],
    ids=["a system without the call", "a kernel that refuses it"],
)
def test_another_kernel_is_no_fault(monkeypatch: pytest.MonkeyPatch, library: SimpleNamespace) -> None:
    monkeypatch.setattr(kernel, "ctypes", SimpleNamespace(CDLL=lambda _: library, c_ulong=int, c_int=int))
    assert (kernel.hide_memory(), kernel.give_up_privileges()) == (False, False)


def test_no_library_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """ctypes raises TypeError on Windows, and OSError if the C library cannot be opened."""

    def refuse(_: None) -> None:
        raise OSError

    monkeypatch.setattr(kernel, "ctypes", SimpleNamespace(CDLL=refuse))
    assert kernel.hide_memory() is False
