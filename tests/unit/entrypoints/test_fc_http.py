"""The WSGI application, called as a server calls it. ``tests/functions/test_container.py`` runs the server."""

import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.entrypoints.fc_http import FcApplication, credentials_of_request
from imagesearch_ingest.model.errors import ExpiredTokenError, IngestError, NotDoneError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from tests.support.fakes import FakeRetryQueue
from tests.unit.entrypoints.test_fc_worker import EXPIRED, World, array

KEYS = {
    "HTTP_X_FC_ACCESS_KEY_ID": "STS.own",
    "HTTP_X_FC_ACCESS_KEY_SECRET": "secret",
    "HTTP_X_FC_SECURITY_TOKEN": "token",
}
SECONDS = 60.0


class FakeWorker:
    """A worker that notes its calls and raises ``fault``, if it has one."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.runs: list[dict[str, Any]] = []

    def run(self, payload: bytes, **given: Any) -> None:
        self.runs.append({"payload": payload, **given})
        if self.fault:
            raise self.fault


class Server:
    """A server of the application. ``ended`` lists the exit codes of the process."""

    def __init__(self, worker: Callable[[], Any]) -> None:
        self.ended: list[int] = []
        self.times = count(100.0, 0.5)
        self.application = FcApplication(worker, lambda: SECONDS, self.ended.append, lambda: next(self.times))

    def send(self, method: str = "POST", path: str = "/invoke", body: bytes = b"{}", **variables: str) -> "Answer":
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_FC_REQUEST_ID": "request-1",
            "wsgi.input": io.BytesIO(body + b"the next request"),
        } | variables
        return Answer(self.application, environ)


class Answer:
    def __init__(self, application: FcApplication, environ: dict[str, Any]) -> None:
        self.body = b"".join(application(environ, self._start))

    def _start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status = int(status.split(maxsplit=1)[0])
        self.headers = dict(headers)
        assert len(self.headers) == len(headers)

    @property
    def failed(self) -> bool:
        """Return whether the status and the header both say that the request failed."""
        statuses = {self.status, int(self.headers["x-fc-status"])}
        assert statuses in ({200}, {404})
        assert int(self.headers["Content-Length"]) == len(self.body)
        return statuses == {404}


def marks(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("FC Invoke")]


def test_event_reaches_the_worker_with_its_context() -> None:
    worker = FakeWorker()
    server = Server(lambda: worker)
    assert not server.send(body=b'{"an": "event"}', **KEYS).failed
    assert worker.runs == [
        {
            "payload": b'{"an": "event"}',
            "seconds_left": SECONDS - 0.5,  # making the worker took half a second
            "request_id": "request-1",
            "credentials": Credentials("STS.own", "secret", "token"),
        }
    ]


@pytest.mark.parametrize("length", ["", "0"])
def test_event_without_a_length_is_empty(length: str) -> None:
    worker = FakeWorker()
    Server(lambda: worker).send(CONTENT_LENGTH=length)
    assert worker.runs[0]["payload"] == b""


FAILURES = [
    (NotDoneError("comes again"), "comes again\n", []),
    (ExpiredTokenError("too old"), "too old\n", [1]),
    (SettingsError("INGEST_X is wrong"), "INGEST_X is wrong\n", []),
    (ValueError("no trigger of ours"), "no trigger of ours\n", []),
    (IngestError(Reason.NETWORK, "PLANTED"), "IngestError\n", []),
    (RuntimeError("PLANTED"), "RuntimeError\n", []),
    (KeyError("PLANTED"), "KeyError\n", []),
]


@pytest.mark.parametrize(("fault", "text", "ended"), FAILURES, ids=lambda value: type(value).__name__)
def test_failure_is_answered_with_its_reason(capsys, fault, text: str, ended: list[int]) -> None:
    server = Server(lambda: FakeWorker(fault))
    answer = server.send()
    assert answer.failed
    assert answer.body.decode() == text
    assert server.ended == ended
    out, err = capsys.readouterr()
    assert "request-1" in err
    assert out.splitlines() == ["FC Invoke Start RequestId: request-1", "FC Invoke End RequestId: request-1"]


class FullDisk(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("fault", "failed", "ended"), [(None, False, []), (ExpiredTokenError("too old"), True, [1])])
def test_unwritable_log_changes_no_answer(monkeypatch, fault, ended: list[int], *, failed: bool) -> None:
    monkeypatch.setattr("sys.stdout", FullDisk())
    monkeypatch.setattr("sys.stderr", FullDisk())
    server = Server(lambda: FakeWorker(fault))
    assert server.send().failed == failed
    assert server.ended == ended


def test_bug_is_logged_and_the_next_request_is_served(capsys) -> None:
    worker = FakeWorker(RuntimeError("a fault of ours"))
    server = Server(lambda: worker)
    server.send()
    assert "Traceback" in (log := capsys.readouterr().err)
    assert "a fault of ours" in log
    worker.fault = None
    assert not server.send().failed


def test_each_request_is_marked_in_the_log(capsys) -> None:
    server = Server(FakeWorker)
    server.send(HTTP_X_FC_REQUEST_ID="a")
    server.send(HTTP_X_FC_REQUEST_ID="b")
    assert marks(capsys) == [f"FC Invoke {what} RequestId: {which}" for which in "ab" for what in ("Start", "End")]


def test_failed_start_is_answered_and_tried_again(capsys) -> None:
    makings: list[str] = []

    def make() -> FakeWorker:
        makings.append("tried")
        if len(makings) < 3:
            raise SettingsError("INGEST_INSTANCE_NAME is not set")
        return FakeWorker()

    server = Server(make)
    assert server.send(path="/initialize").failed
    assert server.send().failed
    assert len(marks(capsys)) == 2  # also for an invocation without a worker
    assert not server.send().failed
    assert not server.ended


def test_initialize_makes_the_worker_and_runs_nothing(capsys) -> None:
    worker = FakeWorker()
    assert not Server(lambda: worker).send(path="/initialize").failed
    assert not worker.runs
    assert not marks(capsys)


@pytest.mark.parametrize(
    ("method", "path", "failed"),
    [
        ("GET", "/", False),
        ("GET", "/invoke", True),
        ("POST", "/", True),
        ("POST", "/invoke/", True),
        ("PUT", "/invoke", True),
        ("GET", "/../etc/passwd", True),
        ("POST", "/pre-stop", True),
    ],
)
def test_other_requests_do_not_reach_the_worker(method: str, path: str, *, failed: bool) -> None:
    worker = FakeWorker()
    assert Server(lambda: worker).send(method, path).failed is failed
    assert not worker.runs


@pytest.mark.parametrize(
    ("variables", "credentials"),
    [
        ({}, None),
        (KEYS, Credentials("STS.own", "secret", "token")),
        (KEYS | {"HTTP_X_FC_SECURITY_TOKEN": ""}, Credentials("STS.own", "secret", None)),
        (dict.fromkeys(KEYS, ""), None),  # a function without a role
        ({"HTTP_X_FC_ACCESS_KEY_ID": "STS.own"}, None),
    ],
    ids=["none", "all", "no token", "empty", "half"],
)
def test_key_is_read_from_the_headers(variables: dict, credentials: Credentials | None) -> None:
    assert credentials_of_request(variables) == credentials


# With the real worker.


def test_expired_key_of_the_process_ends_it() -> None:
    world = World(FakeRetryQueue())
    world.index.faults.script("add", EXPIRED)
    server = Server(lambda: world.worker)
    assert server.send(body=json.dumps(array("a.jpg")).encode()).failed
    assert server.ended == [1]


def test_expired_key_of_a_request_fails_it_alone() -> None:
    world = World(FakeRetryQueue())
    world.index.faults.script("add", EXPIRED)
    world.queue.faults.script("requeue", EXPIRED)
    server = Server(lambda: world.worker)
    assert server.send(body=json.dumps(array("a.jpg")).encode(), **KEYS).failed
    assert not server.ended
    assert not server.send(body=json.dumps(array("a.jpg")).encode(), **KEYS).failed
    assert world.keys() == ["a.jpg"]


@pytest.mark.parametrize("body", [b"", b"rubbish", b"{}", b'{"Records": []}', b"\xff\xfe"])
def test_unreadable_event_is_refused(body: bytes) -> None:
    server = Server(lambda: World(FakeRetryQueue()).worker)
    assert b"unknown trigger" in server.send(body=body).body
    assert not server.ended


@pytest.mark.parametrize("missing", ["HTTP_X_FC_ACCESS_KEY_ID", "HTTP_X_FC_ACCESS_KEY_SECRET"])
def test_half_a_key_is_none(missing: str) -> None:
    assert credentials_of_request({name: value for name, value in KEYS.items() if name != missing}) is None


def test_log_lines_are_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="utf-8"))
    Server(FakeWorker).send()
    assert written.getvalue().splitlines() == [
        b"FC Invoke Start RequestId: request-1",
        b"FC Invoke End RequestId: request-1",
    ]
