"""Start one child process, send requests to it and end it. The parent trusts none of its answers."""

import signal
import subprocess
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO, cast

from imagesearch_ingest.adapters.subprocess.frames import Frame, FrameError, read_frame, write_frame

_LONGEST_ANSWER = 64 << 20  # bytes; a prepared image has 4 MB


class Child:
    """Hold one running child process. It ends at the latest when this object is garbage-collected.

    ``timed_out`` is true once the child was killed because it took too long.
    """

    def __init__(self, command: list[str], environ: Mapping[str, str]) -> None:
        self.timed_out = False
        self._seconds = 0.0
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            command,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal reaches the parent alone, which ends its child
        )
        self._finalizer = weakref.finalize(self, _end, self._process)
        self._requests, self._answers = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)

    @property
    def is_alive(self) -> bool:
        """Return whether the process is running."""
        return self._process.poll() is None

    def ask(self, seconds: float, header: Mapping[str, Any] | None = None, payload: bytes = b"") -> Frame | None:
        """Send a request and return the answer. Without a ``header``, only wait for an answer.

        Return ``None`` if the child died, was killed after ``seconds``, or sent something other than a frame.
        """
        self._seconds = seconds
        timer = threading.Timer(seconds, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            if header is not None:
                write_frame(self._requests, header, payload)
            return read_frame(self._answers, _LONGEST_ANSWER)
        except (OSError, FrameError):
            return None
        finally:
            timer.cancel()
            timer.join()  # otherwise it could still kill the child while it prepares the next image

    def kill(self) -> None:
        """Kill the process. Safe to be called from any thread; a thread that waits for an answer gets ``None``."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, wait for it and close its pipes."""
        self._finalizer()

    def describe_end(self) -> str:
        """Return how the child failed, as the end of a sentence that begins with "the process"."""
        if self.timed_out:
            return f"was killed after {self._seconds:g} s"
        try:
            code = self._process.wait(timeout=0.5)  # a child that has closed its pipe is about to end
        except subprocess.TimeoutExpired:
            return "sent an answer that could not be read"
        if code >= 0:
            return f"ended with exit code {code}"
        names = {int(one): one.name for one in signal.Signals}
        return f"was killed by {names.get(-code, f'signal {-code}')}"

    def _time_out(self) -> None:
        self.timed_out = True
        self.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # bytes still in the buffer cannot be delivered any more
            cast("BinaryIO", pipe).close()
