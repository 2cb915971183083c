"""The worker processes of a local function."""

import threading
import time
from pathlib import Path

import pytest

from local_cloud.runtimes.function import LocalFunction


@pytest.mark.parametrize("killed", [False, True])
def test_closing_a_function_ends_its_threads(tmp_path: Path, killed: bool) -> None:  # noqa: FBT001 - a parameter
    """Even the thread that waits with an idle worker for the next invocation ends."""
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event\n")
    before = set(threading.enumerate())
    function = LocalFunction(tmp_path, {})
    assert function.invoke({"a": 1}) == {"a": 1}
    time.sleep(0.2)  # the worker polls for the next invocation
    for process in function.processes() if killed else ():
        process.kill()
    function.close()
    end = time.monotonic() + 5
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < end, left
        time.sleep(0.01)


def test_log_lines_come_without_their_ends(tmp_path: Path) -> None:
    """The emulator prints them, and people pass them to tools that read JSON."""
    (tmp_path / "app.py").write_text('def handler(event, context):\n    print(\'{"key": "a"}\')\n    return event\n')
    lines: list[str] = []
    function = LocalFunction(tmp_path, {}, on_log=lines.append)
    function.invoke({})
    function.close()
    assert '{"key": "a"}' in lines
