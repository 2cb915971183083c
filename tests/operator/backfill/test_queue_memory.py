"""A backfill takes the same memory for any number of keys, and announces hundreds of them a second."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import clean_environ, untraced
from tests.support.sqs_stub import sqs_stub

PROGRAM = r"""
import pathlib, re, sys
from imagesearch_ops import cli
try:
    cli.main()
finally:
    # VmHWM belongs to this program. ru_maxrss would outlive the start of a program, and report the memory of pytest.
    peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())
    print(peak[1], file=sys.stderr)
"""


def announce(number: int, folder: Path) -> tuple[int, float]:
    """Announce that many keys. Return the peak of the memory in kilobytes, and the seconds."""
    keys = folder / f"{number}.txt"
    keys.write_text("".join(f"shoes/{n:09}.jpg\n" for n in range(number)), encoding="utf-8")
    with sqs_stub() as endpoint:
        environ = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "INGEST_BUCKET": "pictures",
            "INGEST_QUEUE_URL": f"{endpoint}/123456789012/ingest",
            "INGEST_DEAD_LETTER_QUEUE_URL": f"{endpoint}/123456789012/letters",
            "INGEST_INSTANCE_NAME": "demo",
            "INGEST_INSTANCE_REGION": "ap-southeast-1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        options = ["--keys-from", str(keys), "--state", str(folder / f"run-{number}"), "--json", "--yes"]
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, "backfill", "s3://pictures", *options],
            env=untraced(clean_environ(**environ)),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (summary["sent"], summary["waiting_about"]) == (number, number)
    return int(done.stderr.split()[-1]), summary["seconds"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_keys_and_a_million_take_less_than_twenty_minutes(tmp_path: Path) -> None:
    few, _ = announce(5000, tmp_path)
    many, seconds = announce(50_000, tmp_path)
    assert many < 150_000
    assert many < 1.1 * few
    assert seconds < 50_000 / 1_000_000 * 20 * 60
