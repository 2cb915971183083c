"""Open a page in a headless Chromium, and tell what it does there."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

_COMMAND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(
    _COMMAND is None and not os.environ.get("CI"), reason="needs Chromium, which the project's own machines have"
)


class Opened(NamedTuple):
    """The page's document after it was loaded, its messages on the console, and the hosts that were asked."""

    document: str
    console: list[str]
    hosts: set[str]


def open_page(page: Path, folder: Path, *options: str) -> Opened:
    """Load a page. ``folder`` takes the browser's files."""
    log = folder / "net.json"
    done = subprocess.run(  # noqa: S603 - a fixed command
        [
            _COMMAND or "chromium",
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *("--enable-logging=stderr", f"--log-net-log={log}", f"--user-data-dir={folder / 'profile'}"),
            *options,
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    urls = (urlsplit(str(event.get("params", {}).get("url", ""))) for event in events)
    return Opened(done.stdout, console, {url.netloc for url in urls if url.scheme in {"http", "https", "ws", "wss"}})
