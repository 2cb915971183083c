"""One life of the child process: started, asked, ended. Everything it says may be rubbish."""

import signal
import subprocess
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO, cast

from imagesearch_ingest.adapters.subprocess.frames import Frame, FrameError, read_frame, write_frame

_LONGEST_ANSWER = 64 << 20  # bytes; a prepared picture has 4 MB


class Child:
    """``expired`` says that it was killed because its time was up. Forgotten, it is ended."""

    def __init__(self, command: list[str], environ: Mapping[str, str]) -> None:
        self.expired = False
        self._seconds = 0.0
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            command,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is for the parent, which ends its child itself
        )
        self._finalizer = weakref.finalize(self, _end, self._process)
        self._requests, self._answers = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, seconds: float, header: Mapping[str, Any] | None = None, payload: bytes = b"") -> Frame | None:
        """The answer; ``None`` when it died, was killed for its time, or spoke nonsense."""
        self._seconds = seconds
        alarm = threading.Timer(seconds, self._expire)
        alarm.daemon = True
        alarm.start()
        try:
            if header is not None:
                write_frame(self._requests, header, payload)
            return read_frame(self._answers, _LONGEST_ANSWER)
        except (OSError, FrameError):
            return None
        finally:
            alarm.cancel()
            alarm.join()  # or it might yet strike, at the next picture

    def kill(self) -> None:
        """From any thread; whoever waits for an answer gets none."""
        self._process.kill()

    def end(self) -> None:
        """Leaves no process and no pipe behind."""
        self._finalizer()

    def how_it_ended(self) -> str:
        """One that has hung up is about to end; one that goes on spoke nonsense."""
        if self.expired:
            return f"was given up after {self._seconds:g} s"
        try:
            code = self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            return "gave an answer that cannot be read"
        if code >= 0:
            return f"ended with exit code {code}"
        names = {int(one): one.name for one in signal.Signals}
        return f"was ended by {names.get(-code, f'signal {-code}')}"

    def _expire(self) -> None:
        self.expired = True
        self.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what is still in the buffer cannot be delivered any more
            cast("BinaryIO", pipe).close()
