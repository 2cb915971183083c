"""Prepares pictures in a process of its own: one that hangs, runs wild or dies takes nothing else with it (ADR 10)."""

import sys
import threading
import time
from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import Any, Self

from imagesearch_ingest.adapters.subprocess.child import Child
from imagesearch_ingest.adapters.subprocess.codec import plain_policy, prepared_of
from imagesearch_ingest.adapters.subprocess.frames import Frame
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason

MEMORY_BYTES = 1 << 30
ALLOWANCE_SECONDS = 20.0  # ten times what any picture may take where a whole processor works on it
START_SECONDS = 20.0
# Where the interpreter's own libraries are. Nothing else of the environment is the child's business: it holds keys.
_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# The modules' places are handed over because some are known to this process alone (a Lambda layer in /opt/python).
PROGRAM = """
import sys
memory_bytes, sys.path[:] = int(sys.argv[1]), sys.argv[2:]
from imagesearch_ingest.adapters.subprocess.program import main
main(memory_bytes)
"""


class _InDoubtError(Exception):
    """It went wrong in a child that had prepared others before, of which one may have left it broken."""


class ChildProcess:
    """An ``IsolatedPreparer``. Owns at most one child: started when it is first needed, replaced when it has died.

    One caller at a time; others wait. ``program`` is what the child runs, given ``memory_bytes`` and this process's
    ``sys.path`` as its arguments.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = MappingProxyType({}),
        *,
        memory_bytes: int = MEMORY_BYTES,
        allowance_seconds: float = ALLOWANCE_SECONDS,
        start_seconds: float = START_SECONDS,
        program: str = PROGRAM,
    ) -> None:
        self._environ = {name: environ[name] for name in _LOADER if name in environ}
        self._arguments = ["-c", program, str(memory_bytes)]
        self._allowance, self._start_allowance = allowance_seconds, start_seconds
        self._child: Child | None = None
        self._served = 0  # by this child
        self._closed = False
        self._asking = threading.Lock()
        self._changing = threading.Lock()  # which child there is; held for moments only, so that close() can interrupt

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        """Raises the ``IngestError`` that ``images.prepare`` raised in the child, or one of these:

        - ``WORKER_CRASH``: the child died of it, or it took longer than the full allowance;
        - ``NOT_BEGUN``: ``seconds`` were less than that, and have passed; it is nobody's fault;
        - ``INTERNAL_ERROR``: no child could be started.
        """
        with self._asking:
            end = time.monotonic() + seconds
            try:
                return self._attempt(data, policy, end)
            except _InDoubtError:
                return self._attempt(data, policy, end)  # in a new child: what goes wrong now is this picture's

    def start(self) -> None:
        """Starts the child, if there is none, before there is a picture."""
        with self._asking:
            self._ensure_started(inf)

    def close(self) -> None:
        """From any thread. What is being prepared is given up."""
        with self._changing:
            self._closed = True
            if self._child:
                self._child.kill()
        with self._asking:
            self._discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attempt(self, data: bytes, policy: Policy, end: float) -> PreparedImage:
        child = self._ensure_started(end)
        first, seconds = not self._served, _seconds_until(end, self._allowance)
        self._served += 1
        answer = self._ask(child, seconds, {"policy": plain_policy(policy), "seconds": seconds}, data)
        result = _understood(answer) if answer else None
        memory_spent = result is not None and answer is not None and answer.header.get("memory_spent")
        how = child.how_it_ended() if result is None else ""
        if result is None or memory_spent:
            self._discard()
        if (memory_spent or (result is None and not child.expired)) and not first:
            raise _InDoubtError
        if result is None:
            crash = IngestError(Reason.WORKER_CRASH, f"the process that prepared it {how}")
            result = self._fault(child, crash, in_full=seconds == self._allowance)
        if isinstance(result, IngestError):
            raise result
        return result

    def _ensure_started(self, end: float) -> Child:
        if self._child and self._child.alive and not self._child.expired:
            return self._child
        self._discard()
        seconds, child = _seconds_until(end, self._start_allowance), self._launch()
        hello = self._ask(child, seconds)
        if hello is None or hello.header != {"ready": True}:
            how = child.how_it_ended()
            self._discard()
            fault = IngestError(Reason.INTERNAL_ERROR, f"the process for pictures did not start: it {how}")
            raise self._fault(child, fault, in_full=seconds == self._start_allowance)
        return child

    def _launch(self) -> Child:
        with self._changing:
            if self._closed:
                raise _given_up()
            try:
                self._child = Child([*_interpreter(), *self._arguments, *sys.path], self._environ)
            except OSError as error:
                detail = f"the process for pictures could not be started: {error.strerror}"
                raise IngestError(Reason.INTERNAL_ERROR, detail) from error
            self._served = 0
            return self._child

    def _ask(
        self, child: Child, seconds: float, header: Mapping[str, Any] | None = None, data: bytes = b""
    ) -> Frame | None:
        try:
            return child.ask(seconds, header, data)
        except BaseException:  # the answer that is still to come would be taken for the next picture's
            self._discard()
            raise

    def _fault(self, child: Child, fault: IngestError, *, in_full: bool) -> IngestError:
        """Why there is no answer. Less time than the full allowance is the invocation's doing, not the picture's."""
        if self._closed:
            return _given_up()
        if child.expired and not in_full:
            return IngestError(Reason.NOT_BEGUN, "no time was left while it was prepared")
        return fault

    def _discard(self) -> None:
        with self._changing:
            child, self._child = self._child, None
        if child:
            child.end()


def _seconds_until(end: float, allowance: float) -> float:
    return max(0.0, min(end - time.monotonic(), allowance))


def _understood(answer: Frame) -> PreparedImage | IngestError | None:
    """``None`` for an answer that no child in its right mind gives."""
    try:
        if "prepared" in answer.header:
            return prepared_of(answer.header["prepared"], answer.payload)
        return IngestError(Reason[answer.header["reason"]], str(answer.header["detail"]))
    except (LookupError, TypeError, ValueError):
        return None


def _given_up() -> IngestError:
    return IngestError(Reason.NOT_BEGUN, "the process for pictures was closed")


def _interpreter() -> list[str]:
    """Nothing of the environment or of the user's packages, and byte-code treated as this process treats it."""
    flags = ["-I", "-S"]
    if sys.dont_write_bytecode:
        flags.append("-B")
    if sys.pycache_prefix:
        flags += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return [sys.executable, *flags]
