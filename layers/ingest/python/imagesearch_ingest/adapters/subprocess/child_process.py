"""Prepare images in a child process, so that an image that hangs or crashes it harms nothing else (ADR 10)."""

import sys
import threading
import time
from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import Any, Self

from imagesearch_ingest.adapters.subprocess.child import Child
from imagesearch_ingest.adapters.subprocess.codec import decode_prepared, encode_policy
from imagesearch_ingest.adapters.subprocess.frames import Frame
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import FaultClass, Reason

MEMORY_BYTES = 1 << 30
ALLOWANCE_SECONDS = 20.0  # ten times as long as any image should take on a whole processor
START_SECONDS = 20.0
_LONGEST_DETAIL = 2_000  # characters of an answer's sentence
# Where the interpreter finds its own libraries. The child gets no other variable: the environment holds access keys.
_LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# glibc reserves 64 MB of address space for each thread that allocates, and libvips starts several. The child's limit
# counts what is reserved (mallopt(3), M_ARENA_MAX).
_ALLOCATION = {"MALLOC_ARENA_MAX": "2"}
# The child gets this process's sys.path, which may hold folders that it could not find (a Lambda layer in /opt/python).
PROGRAM = """
import sys
memory_bytes, sys.path[:] = int(sys.argv[1]), sys.argv[2:]
from imagesearch_ingest.adapters.subprocess.program import main
main(memory_bytes)
"""


class _InDoubtError(Exception):
    """The child failed, but an earlier image may have left it broken."""


class ChildProcess:
    """An ``IsolatedPreparer`` with at most one child, which is started when needed and replaced when it has died.

    Safe to be used by several threads: they take turns. The child runs ``program``, with ``memory_bytes`` and this
    process's ``sys.path`` as its arguments.
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
        self._environ = {name: environ[name] for name in _LOADER_VARIABLES if name in environ} | _ALLOCATION
        self._arguments = ["-c", program, str(memory_bytes)]
        self._allowance, self._start_allowance = allowance_seconds, start_seconds
        self._child: Child | None = None
        self._served = 0  # requests to this child
        self._closed = False
        self._asking = threading.Lock()
        self._changing = threading.Lock()  # guards _child and _closed; held for moments only, so close() can interrupt

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        """Return the prepared image.

        Raise the ``IngestError`` that ``images.prepare`` raised in the child, or one with the reason

        - ``WORKER_CRASH`` if the image killed the child, or took longer than the full allowance;
        - ``NOT_BEGUN`` if ``seconds`` were less than the allowance and ran out: the image is not to blame;
        - ``INTERNAL_ERROR`` if no child could be started.
        """
        end = time.monotonic() + seconds
        if not self._asking.acquire(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX)):
            raise IngestError(Reason.NOT_BEGUN, "the invocation's time ran out while another picture was prepared")
        try:
            return self._attempt(data, policy, end)
        except _InDoubtError:
            return self._attempt(data, policy, end)  # in a new child: if that fails, this image is to blame
        finally:
            self._asking.release()

    def start(self) -> None:
        """Start the child if it is not running, before the first image arrives."""
        with self._asking:
            self._ensure_started(inf)

    def close(self) -> None:
        """End the child, also while it prepares an image. Safe to be called from any thread."""
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
        is_first, seconds = not self._served, _seconds_until(end, self._allowance)
        self._served += 1
        answer = self._ask(child, seconds, {"policy": encode_policy(policy), "seconds": seconds}, data)
        result = _decode_answer(answer) if answer else None
        out_of_memory = result is not None and answer is not None and answer.header.get("out_of_memory")
        how = child.describe_end() if result is None else ""
        if result is None or out_of_memory:
            self._discard()
        if (out_of_memory or (result is None and not child.timed_out)) and not is_first:
            raise _InDoubtError
        if result is None:
            crash = IngestError(Reason.WORKER_CRASH, f"the process that prepared the picture {how}")
            result = self._blame(child, crash, in_full=seconds == self._allowance)
        if isinstance(result, IngestError):
            raise result
        return result

    def _ensure_started(self, end: float) -> Child:
        if self._child and self._child.is_alive and not self._child.timed_out:
            return self._child
        self._discard()
        seconds, child = _seconds_until(end, self._start_allowance), self._launch()
        greeting = self._ask(child, seconds)
        if greeting is None or greeting.header != {"ready": True}:
            how = child.describe_end()
            self._discard()
            fault = IngestError(Reason.INTERNAL_ERROR, f"the process that prepares pictures did not start: it {how}")
            raise self._blame(child, fault, in_full=seconds == self._start_allowance)
        return child

    def _launch(self) -> Child:
        with self._changing:
            if self._closed:
                raise _closed_error()
            try:
                self._child = Child([*_build_command(), *self._arguments, *sys.path], self._environ)
            except OSError as error:
                detail = f"the process that prepares pictures could not be started: {error.strerror}"
                raise IngestError(Reason.INTERNAL_ERROR, detail) from error
            self._served = 0
            return self._child

    def _ask(
        self, child: Child, seconds: float, header: Mapping[str, Any] | None = None, data: bytes = b""
    ) -> Frame | None:
        try:
            return child.ask(seconds, header, data)
        except BaseException:  # otherwise the late answer would be taken for the next image's
            self._discard()
            raise

    def _blame(self, child: Child, fault: IngestError, *, in_full: bool) -> IngestError:
        """Return ``fault``, or ``NOT_BEGUN`` if the invocation is to blame: it closed, or had less time to give."""
        if self._closed:
            return _closed_error()
        if child.timed_out and not in_full:
            return IngestError(Reason.NOT_BEGUN, "the invocation's time ran out while the picture was prepared")
        return fault

    def _discard(self) -> None:
        with self._changing:
            child, self._child = self._child, None
        if child:
            child.end()


def _seconds_until(end: float, allowance: float) -> float:
    return max(0.0, min(end - time.monotonic(), allowance))


def _decode_answer(answer: Frame) -> PreparedImage | IngestError | None:
    """Return the child's result, or ``None`` if the answer makes no sense."""
    try:
        if "prepared" in answer.header:
            return decode_prepared(answer.header["prepared"], answer.payload)
        reason = Reason[answer.header["reason"]]
        # A picture that has taken over its child could else claim a refused key, which stops all other pictures.
        is_of_a_picture = reason.fault_class is FaultClass.PERMANENT or reason is Reason.INTERNAL_ERROR
        detail = str(answer.header["detail"])[:_LONGEST_DETAIL].encode(errors="replace").decode()
        return IngestError(reason, detail) if is_of_a_picture else None
    except (LookupError, TypeError, ValueError):
        return None


def _closed_error() -> IngestError:
    return IngestError(Reason.NOT_BEGUN, "the process that prepares pictures was closed")


def _build_command() -> list[str]:
    """Return the command that runs this interpreter without the environment's and the user's packages.

    Byte-code is cached as it is for this process.
    """
    flags = ["-I", "-S"]
    if sys.dont_write_bytecode:
        flags.append("-B")
    if sys.pycache_prefix:
        flags += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return [sys.executable, *flags]
