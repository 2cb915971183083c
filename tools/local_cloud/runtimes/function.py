"""Run a function's handler in worker processes of this machine.

The workers speak Lambda's Runtime API. Function Compute's own API is not documented, so its stand-in speaks Lambda's as
well; the handler cannot tell the difference. A worker that exceeds the timeout or dies fails its invocation and is
replaced at the next one.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.runtimes.runtime_api import ARN, Invocation, RuntimeApi

MEMORY_MEGABYTES = "1769"
_POLL_SECONDS = 0.1  # how soon a dead worker is noticed


@dataclass(frozen=True, slots=True)
class Runtime:
    """A platform's worker program and the environment variables that the platform sets.

    ``root`` names the variable that holds the folder of the function's code, ``timeout`` the one that holds the timeout
    in seconds.
    """

    program: str
    variables: Mapping[str, str]
    root: str
    timeout: str | None = None

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", self.program]


LAMBDA = Runtime(
    "local_cloud.runtimes.lambda_runtime",
    {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": MEMORY_MEGABYTES,
        "AWS_LAMBDA_FUNCTION_NAME": ARN.rpartition(":")[2],
        "_HANDLER": "app.handler",
    },
    "LAMBDA_TASK_ROOT",
)
FUNCTION_COMPUTE = Runtime(
    "local_cloud.runtimes.fc_runtime",
    {
        "FC_ACCOUNT_ID": "1234567890123456",
        "FC_FUNCTION_HANDLER": "index.handler",
        "FC_FUNCTION_MEMORY_SIZE": MEMORY_MEGABYTES,
        "FC_FUNCTION_NAME": "ingest",
        "FC_FUNCTION_VERSION": "LATEST",
    },
    "FC_FUNC_CODE_PATH",
    "FC_LOCAL_TIMEOUT_SECONDS",
)


class FunctionError(Exception):
    """An invocation that failed: the handler raised, the worker died, or the timeout passed.

    ``kind`` is the class name of the handler's exception and ``trace`` its traceback; otherwise both are empty.
    """

    def __init__(self, message: str, *, kind: str = "", trace: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace


class WorkerProcess:
    """One execution environment: a worker process and the Runtime API that it polls."""

    def __init__(self, command: list[str], environ: Mapping[str, str], on_log: Callable[[str], None]) -> None:
        self._api = RuntimeApi()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env={**environ, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C reaches only the parent, which then stops the workers in order
        )
        self._log = threading.Thread(target=self._read_log, args=(on_log,), name="function-log", daemon=True)
        self._log.start()

    def invoke(self, event: bytes, timeout_seconds: float) -> Any:  # noqa: ANN401 - JSON
        """Return the handler's result. Raise ``FunctionError`` if the invocation fails."""
        invocation = Invocation(event, time.time() + timeout_seconds)
        self._api.put(invocation)
        while time.time() < invocation.deadline:
            try:
                kind, result = invocation.result.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if self.process.poll() is not None:
                    raise FunctionError(f"the process ended with {self.process.returncode}") from None
            else:
                if kind == "error":
                    raise FunctionError(
                        result["errorMessage"], kind=result["errorType"], trace="".join(result["stackTrace"])
                    )
                return result
        raise FunctionError(f"the function did not finish within {timeout_seconds} s")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.join()
        if self.process.stdout:
            self.process.stdout.close()
        self._api.close()

    def _read_log(self, on_log: Callable[[str], None]) -> None:
        for line in self.process.stdout or ():
            on_log(line.rstrip("\n"))


class LocalFunction:
    """A deployed function. Concurrent calls of ``invoke`` get a worker process each.

    ``root`` is the folder of the function's code and ``environ`` its environment. ``command`` replaces the runtime's
    worker program. ``on_log`` receives each line that a worker writes to its standard output.
    """

    def __init__(
        self,
        root: Path,
        environ: Mapping[str, str],
        *,
        runtime: Runtime = LAMBDA,
        command: Sequence[str] = (),
        timeout_seconds: float = 60,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._command = list(command) or runtime.command
        self._environ = {**environ, **runtime.variables, runtime.root: str(root), "PYTHONUNBUFFERED": "1"}
        if runtime.timeout:
            self._environ[runtime.timeout] = str(timeout_seconds)
        self._timeout_seconds = timeout_seconds
        self._on_log = on_log
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        self._alive: set[WorkerProcess] = set()
        self._closed = False
        self._lock = threading.Lock()

    def invoke(self, event: Mapping[str, Any] | bytes) -> Any:  # noqa: ANN401 - JSON
        """Return the handler's result. Raise ``FunctionError`` and discard the worker if the invocation fails."""
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        worker = self._take_worker()
        try:
            result = worker.invoke(payload, self._timeout_seconds)
        except BaseException:
            self._discard(worker)
            raise
        self._idle.put(worker)
        return result

    def processes(self) -> list[subprocess.Popen[str]]:
        """Return the live processes, for tests that kill them."""
        return [worker.process for worker in self._alive]

    def close(self) -> None:
        """Kill every worker. Running invocations fail."""
        with self._lock:
            self._closed = True
            workers = list(self._alive)
        for worker in workers:
            self._discard(worker)

    def _take_worker(self) -> WorkerProcess:
        """Return an idle worker that is still alive, or start a new one."""
        while not self._idle.empty():
            with suppress(queue.Empty):  # another thread was faster
                worker = self._idle.get_nowait()
                if worker.process.poll() is None:
                    return worker
                self._discard(worker)
        with self._lock:
            if self._closed:
                raise FunctionError("the function is closed")
            worker = WorkerProcess(self._command, self._environ, self._on_log)
            self._alive.add(worker)
        return worker

    def _discard(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._alive.discard(worker)
        worker.close()
