"""A function on this machine: its handler in processes of its own, invoked over the Runtime API.

That API is Lambda's. Function Compute's is not documented, so what stands for its runtime speaks Lambda's as well; the
handler cannot tell. What a process writes to its standard output is the function's log; each line is given to
``on_log``. A process that outlives its timeout, or dies, fails its invocation and is replaced at the next one.
"""

import json
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ARN = "arn:aws:lambda:us-east-1:123456789012:function:ingest"
MEMORY_MEGABYTES = "1769"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs a platform's handlers: its program, and the variables that it sets beside the function's own.

    ``root`` names the variable for the folder of the function's code, ``timeout`` the one for its seconds.
    """

    program: str
    variables: Mapping[str, str]
    root: str
    timeout: str | None = None

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", self.program]


LAMBDA = Runtime(
    "local_cloud.lambda_runtime",
    {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": MEMORY_MEGABYTES,
        "AWS_LAMBDA_FUNCTION_NAME": ARN.rpartition(":")[2],
        "_HANDLER": "app.handler",
    },
    "LAMBDA_TASK_ROOT",
)
FUNCTION_COMPUTE = Runtime(
    "local_cloud.fc_runtime",
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
    """The invocation failed: the handler raised, the process died, or the time was up.

    ``kind`` is the class of what the handler raised, ``trace`` where it did; both are empty otherwise.
    """

    def __init__(self, message: str, *, kind: str = "", trace: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace


@dataclass(slots=True)
class _Invocation:
    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    answer: queue.Queue[tuple[str, Any]] = field(default_factory=lambda: queue.Queue(1))


class _RuntimeApi(BaseHTTPRequestHandler):
    """GET next hands out an invocation; POST response or error ends it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # without a buffer, every answer would cost 40 ms of delayed acknowledgements
    server: "_RuntimeServer"

    def do_GET(self) -> None:
        invocation = self.server.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", invocation.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(round(invocation.deadline * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
        self._end(invocation.event)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.finish(self.path.rpartition("/")[2], json.loads(body))
        self.send_response(202)
        self._end(b"{}")

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Type", "application/json")  # as Lambda does; awslambdaric dies of its absence
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the function's log is what the function writes."""


class _RuntimeServer(ThreadingHTTPServer):
    """The Runtime API of one process: one invocation at a time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApi)
        self._waiting: queue.Queue[_Invocation | None] = queue.Queue()
        self._current: _Invocation | None = None
        threading.Thread(target=self.serve_forever, name="runtime-api", daemon=True).start()

    def next_invocation(self) -> _Invocation | None:
        """``None`` when there will be no more."""
        self._current = self._waiting.get()
        return self._current

    def finish(self, kind: str, answer: object) -> None:
        if self._current:
            self._current.answer.put((kind, answer))

    def put(self, invocation: _Invocation) -> None:
        self._waiting.put(invocation)

    def handle_error(self, *_: object) -> None:
        """Nothing: a process that is stopped hangs up, and its invocation's failure is told elsewhere."""

    def close(self) -> None:
        self._waiting.put(None)  # or the thread that serves an idle process would wait for ever, and keep its socket
        self.shutdown()
        self.server_close()


class WorkerProcess:
    """One execution environment: a process and its Runtime API."""

    def __init__(self, command: list[str], environ: Mapping[str, str], on_log: Callable[[str], None]) -> None:
        self._server = _RuntimeServer()
        address = f"127.0.0.1:{self._server.server_address[1]}"
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env={**environ, "AWS_LAMBDA_RUNTIME_API": address},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # an interruption from the terminal is for who started us, who then stops us
        )
        self._log = threading.Thread(target=self._read_log, args=(on_log,), name="function-log", daemon=True)
        self._log.start()

    def invoke(self, event: bytes, timeout_seconds: float) -> Any:  # noqa: ANN401 - JSON
        """Returns the handler's answer. Raises ``FunctionError``."""
        invocation = _Invocation(event, time.time() + timeout_seconds)
        self._server.put(invocation)
        while time.time() < invocation.deadline:
            try:
                kind, answer = invocation.answer.get(timeout=0.1)
            except queue.Empty:
                if self.process.poll() is not None:
                    raise FunctionError(f"the process ended with {self.process.returncode}") from None
            else:
                if kind == "error":
                    raise FunctionError(
                        answer["errorMessage"], kind=answer["errorType"], trace="".join(answer["stackTrace"])
                    )
                return answer
        raise FunctionError(f"the time of {timeout_seconds} s was up")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.join()
        if self.process.stdout:
            self.process.stdout.close()
        self._server.close()

    def _read_log(self, on_log: Callable[[str], None]) -> None:
        for line in self.process.stdout or ():
            on_log(line)


class LocalFunction:
    """A function with its processes. ``invoke`` may be called from several threads: each gets a process of its own.

    ``command`` is what runs in them where it is not ``runtime``'s own: another client of the Runtime API.
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
        """Returns the handler's answer. Raises ``FunctionError``; the process that failed is not used again."""
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        worker = self._take()
        try:
            answer = worker.invoke(payload, self._timeout_seconds)
        except BaseException:
            self._discard(worker)
            raise
        self._idle.put(worker)
        return answer

    def _take(self) -> WorkerProcess:
        """An idle process; one that died while it was idle is replaced."""
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

    def processes(self) -> list[subprocess.Popen[str]]:
        """Those alive, for tests that kill them."""
        return [worker.process for worker in self._alive]

    def close(self) -> None:
        """Kills what is running; invocations under way fail."""
        with self._lock:
            self._closed = True
            doomed = list(self._alive)
        for worker in doomed:
            self._discard(worker)
