"""Run the command on files alone: no bucket, queue or index answers."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.audit.inputs import BUCKET, Inputs
from benchmarks.coldstart.process_tree import peaks_of

_NOWHERE = "http://127.0.0.1:9"  # the port of "discard": connections are refused at once
_ENVIRON = {
    "AWS_ENDPOINT_URL": _NOWHERE,
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
    "INGEST_BUCKET": BUCKET,
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_HTTPS_PROXY": _NOWHERE,
    "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters",
}


class Measured(NamedTuple):
    """What one run took. ``peaks_mb`` are those of its processes, largest first."""

    summary: dict[str, Any]
    seconds: float
    cpu_seconds: float
    peaks_mb: list[float]

    @property
    def sum_mb(self) -> float:
        """Return the sum of the peaks, which is more than was in use at any moment."""
        return sum(self.peaks_mb)


def measure(inputs: Inputs, state: Path) -> Measured:
    """Audit the files."""
    command = [Path(sys.executable).with_name("imagesearch-ingest"), "audit", f"s3://{BUCKET}", "--json"]
    options = ["--keys-from", inputs.manifest, "--dump", inputs.dump, "--state", state, "--stats", "0"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(state.parent), **_ENVIRON}
    output, began, cpu = state.with_suffix(".out"), time.monotonic(), _cpu_seconds()
    with output.open("wb") as file:
        process = subprocess.Popen([*command, *options], env=environ, stdout=file)
        with peaks_of(lambda: [process.pid]) as peaks:
            process.wait()
    seconds = time.monotonic() - began
    with output.open("rb") as file:
        last = file.readlines()[-1]
    peaks_mb = sorted(peaks.mb.values(), reverse=True)
    return Measured(json.loads(last)["summary"], seconds, _cpu_seconds() - cpu, peaks_mb)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
