"""What a function of the local cloud leaves behind."""

import threading
import time
from pathlib import Path

import pytest

from local_cloud.runtimes.function import LocalFunction


@pytest.mark.parametrize("killed", [False, True])
def test_the_end_of_a_function_ends_its_threads_too(tmp_path: Path, killed: bool) -> None:  # noqa: FBT001 - a parameter
    """The one that waits with an idle process for its next invocation, above all."""
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event\n")
    before = set(threading.enumerate())
    function = LocalFunction(tmp_path, {})
    assert function.invoke({"a": 1}) == {"a": 1}
    time.sleep(0.2)  # it asks for the next one
    for process in function.processes() if killed else ():
        process.kill()
    function.close()
    end = time.monotonic() + 5
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < end, left
        time.sleep(0.01)
