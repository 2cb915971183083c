"""The memory of a reading does not grow with the letters' size, and little with their number."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = r"""
import json, pathlib, re, sys
from imagesearch_ops.dlq import session
from imagesearch_ops.dlq.listing import run_list
from imagesearch_ops.queues import Count, Message
from imagesearch_ops.dlq.session import Where
from tests.operator.dlq.conftest import letter_about

NUMBER = int(sys.argv[1])

class Endless:
    url, cloud, batch, keeps_hidden = "url", "aws", 10, True
    given = 0
    def count(self):
        return Count(NUMBER, 0)
    def receive(self, wait_seconds, hide_seconds):
        numbers = range(self.given, min(self.given + 10, NUMBER))
        self.given += 10
        return [Message(f"{n:036d}", f"{n:0400d}", BODY.replace("NUMBER", f"{n:064d}")) for n in numbers]
    def extend(self, receipts, seconds):
        return list(receipts)
    def release(self, receipts):
        pass

BODY = letter_about("shoes/NUMBER.jpg", record_id="NUMBER", original_event="x" * 2000).to_json()
session.open_queue = lambda url, environ: Endless()
code = run_list(Where(queue_url="https://sqs.example/1/q"), [], {}, as_json=True)
# VmHWM belongs to this program. ru_maxrss would outlive the start of a program, and report the memory of pytest.
peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())
print(json.dumps({"kilobytes": int(peak[1]), "code": int(code)}))
"""


@pytest.mark.slow
def test_a_hundred_thousand_letters_take_less_than_250_megabytes() -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(["."])}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, "100000"], capture_output=True, text=True, check=True, env=environ, timeout=300
    )
    *_, summary, used = map(json.loads, done.stdout.splitlines()[-2:])
    assert summary["summary"]["records"] == 100_000
    assert used["code"] == 0
    assert used["kilobytes"] < 250_000, used
