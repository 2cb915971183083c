"""The examples of docs/local-cloud.md, run against the command ``emulator``."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import COMMAND, clean_environ, wait_until
from tests.local_cloud.clients.page import read_example, read_section
from tests.local_cloud.image_search.api import picture

NODE_MODULES = Path(__file__).with_name("node") / "node_modules"
ROOT = Path(__file__).parents[3]
OLDEST_SDK = ROOT / ".venv-oldest-sdk" / "bin" / "python"
CLOUDS = ["aws", "alibaba"]


class FrontEnd:
    """A folder with two pictures and the emulator's line, in which an example runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.about: dict[str, Any] = json.loads((folder / "cloud.json").read_text())
        (folder / "shoe.jpg").write_bytes(picture(size=(640, 480), corner=2, quality=95))
        (folder / "query.jpg").write_bytes(picture(size=(320, 240), corner=2, quality=60))

    def run(self, command: Sequence[str], name: str, code: str, *arguments: str) -> list[str]:
        """Return the words of the only line that the example prints."""
        (self._folder / name).write_text(code)
        done = subprocess.run(  # noqa: S603 - an example of ours
            [*command, name, *arguments],
            cwd=self._folder,
            env=clean_environ(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        (line,) = done.stdout.splitlines()
        return line.split()

    def entries(self) -> list[tuple[str, str]]:
        url = f"https://{self.about['image_search']['endpoint']}/_local/entries"
        found = requests.get(url, verify=self.about["ca"], timeout=5).json()
        return [(entry["product_id"], entry["pic_name"]) for entry in found]


@pytest.fixture(params=CLOUDS)
def front_end(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FrontEnd]:
    with (tmp_path / "cloud.json").open("wb") as output:
        emulator = subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND, "emulator", "--cloud", request.param],
            env=clean_environ(),
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
    try:
        wait_until(lambda: (tmp_path / "cloud.json").read_text().endswith("\n"))
        yield FrontEnd(tmp_path)
    finally:
        emulator.send_signal(signal.SIGTERM)
        assert emulator.wait(30) == 0


def test_the_python_example_indexes_and_finds_a_picture(front_end: FrontEnd) -> None:
    assert front_end.run([sys.executable], "front_end.py", read_example("python"))[:2] == ["2092061", "shoe.jpg"]
    assert front_end.entries() == [("2092061", "shoe.jpg")]


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["HTTPS", "HTTP"])
def test_the_node_example_indexes_and_finds_a_picture(front_end: FrontEnd, tmp_path: Path, protocol: str) -> None:
    node = shutil.which("node")
    if node is None or not NODE_MODULES.exists():
        pytest.fail("the SDK for Node is not installed: 'make test-all' installs it, if node and npm are there")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    code = read_example("js").replace("{ endpoint, regionId", f'{{ protocol: "{protocol}", endpoint, regionId')
    assert protocol in code
    assert front_end.run([node], "front_end.mjs", code)[:2] == ["2092061", "shoe.jpg"]
    assert front_end.entries() == [("2092061", "shoe.jpg")]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["proxy", "endpoint"])
def test_the_oldest_sdk_indexes_and_finds_a_picture(front_end: FrontEnd, way: str) -> None:
    if not OLDEST_SDK.exists():
        pytest.fail("the oldest SDK is not installed: 'make test-all' installs it")
    program = Path(__file__).with_name("oldest_sdk.py").read_text(encoding="utf-8")
    assert front_end.run([str(OLDEST_SDK), "-W", "ignore"], "front_end.py", program, way)[:2] == ["2092061", "shoe.jpg"]
    assert front_end.entries() == [("2092061", "shoe.jpg")]


@pytest.mark.parametrize("language", ["python", "js"])
def test_an_example_has_about_twenty_lines(language: str) -> None:
    assert len([line for line in read_example(language).splitlines() if line]) <= 20


def test_the_page_names_the_versions_that_run() -> None:
    oldest = (ROOT / "requirements/oldest-sdk.in").read_text(encoding="utf-8")
    node = json.loads((NODE_MODULES.parent / "package.json").read_text(encoding="utf-8"))["dependencies"]
    newest = version("alibabacloud_imagesearch20201214")
    assert f"| Python's SDK | {newest}; {re.search('20201214==(.*)', oldest)[1]} in " in read_section()
    assert f"| Node's SDK | {node['@alicloud/imagesearch20201214']}, " in read_section()
