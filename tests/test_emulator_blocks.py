"""The command blocks of the documents that start the emulator, or send commands to it, do what the pages say."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.command_blocks import Block
from tests.e2e.conftest import clean_environ, wait_until
from tests.running_blocks import runs_block
from tests.support.function_compute import ROOT

BIN = Path(sys.executable).parent


@contextmanager
def start(command: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Run a command that starts the emulator, and yield what the emulator prints. It stops when it is terminated."""
    (folder / ".venv").symlink_to(ROOT / ".venv")
    with (folder / "cloud.json").open("wb") as output:
        bash = subprocess.Popen(  # noqa: S603 - a command of our documents
            ["/bin/bash", "-c", f"exec {command}"],
            cwd=folder,
            env=clean_environ(PATH=f"{BIN}:/usr/bin:/bin"),
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
    try:
        wait_until(lambda: (folder / "cloud.json").read_text().endswith("\n") or bash.poll() is not None)
        yield json.loads((folder / "cloud.json").read_text())
    finally:
        bash.terminate()
        assert bash.wait(30) == 0


def command_of(block: Block) -> str:
    (command,) = block.text.splitlines()
    return command.removeprefix("$ ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the emulator's ``cloud.json``, which the first block writes."""
    folder = tmp_path_factory.mktemp("emulator")
    with start("imagesearch-ingest emulator", folder):
        yield folder


@runs_block("docs/local-cloud.md", "$ imagesearch-ingest emulator")
def test_the_page_starts_the_emulator(block: Block, tmp_path: Path) -> None:
    assert block.text.endswith(" > cloud.json\n")
    with start(command_of(block), tmp_path) as cloud:
        assert cloud["instance"] == "demo"


def run(block: Block, folder: Path) -> list[Any]:
    """Return the lines of JSON that the commands of the block print."""
    done = subprocess.run(  # noqa: S603 - a command of our documents
        ["/bin/bash", "-euc", block.text.replace("curl ", "curl --silent --write-out '\\n' ")],
        cwd=folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line]


@runs_block("docs/local-cloud.md", "read -r proxy")
def test_curl_is_refused_or_reads_the_index(block: Block, folder: Path) -> None:
    refused, entries = run(block, folder)
    assert refused["Code"] == "IncompleteSignature"
    assert entries == []


@runs_block("docs/local-cloud.md", 'proxy=$(jq -r .proxy cloud.json)\ncurl -X PUT "$proxy/_local/faults')
def test_faults_are_scripted(block: Block, folder: Path) -> None:
    assert run(block, folder) == [{}, {}, []]


@runs_block("docs/local-cloud.md", 'proxy=$(jq -r .proxy cloud.json)\ncurl -X PUT "$proxy/_local/instance')
def test_the_instance_is_changed(block: Block, folder: Path) -> None:
    assert not any("error" in answer for answer in run(block, folder))
    cloud = json.loads((folder / "cloud.json").read_text())
    instance = requests.get(f"{cloud['proxy']}/_local/instance", timeout=5).json()
    assert instance.items() >= {"capacity": 0, "qps": 1, "service_type": "fabric", "status": "unavailable"}.items()
