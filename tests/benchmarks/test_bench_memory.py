"""Tests of how the memory of a process tree is counted, and of the largest pictures."""

import subprocess
import sys
import time

import pytest

from benchmarks.coldstart.largest import noisy
from benchmarks.coldstart.memory import memory_size
from benchmarks.coldstart.process_tree import peaks_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc, which only Linux has")

# A parent with 60 MB, and a child with 90 MB for a moment. A line says that the child has had them.
CHILD = "held = b'x' * 90_000_000; del held; print(flush=True); input()"
PARENT = f"""
import subprocess, sys, threading
def start(): subprocess.run([sys.executable, "-c", {CHILD!r}])
held = b'x' * 60_000_000
thread = threading.Thread(target=start)
thread.start()
thread.join()
"""


def test_each_process_counts_with_its_peak() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=pipe, stdout=pipe) as process:  # noqa: S603 - a fixed command
        with peaks_of(lambda: [process.pid]) as peaks:
            process.stdout.readline()
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert len(peaks.mb) == 2
    assert 150 < peaks.sum_mb < 220
    assert min(peaks.mb.values()) > 60


def test_peak_outlives_the_process() -> None:
    program = "held = b'x' * 80_000_000; import time; time.sleep(1)"
    process = subprocess.Popen([sys.executable, "-c", program])  # noqa: S603 - a fixed command
    with peaks_of(lambda: [process.pid]) as peaks:
        process.wait()
        time.sleep(0.1)
    assert peaks.sum_mb > 80


@pytest.mark.parametrize(("template", "megabytes"), [("template.yaml", 1769), ("s.yaml", 2048)])
def test_memory_of_template_is_found(template: str, megabytes: int) -> None:
    assert memory_size(template) == megabytes


def test_noise_has_its_size_and_is_repeatable() -> None:
    image = noisy("RGB", 200, 30_000)
    assert image.size == (200, 200)
    assert image.tobytes() == noisy("RGB", 200, 30_000).tobytes()
    assert image.tobytes()[30_000:] == bytes(90_000)
    assert len(set(image.tobytes()[:30_000])) == 256
