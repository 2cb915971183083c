"""The WSGI application, called as a server calls it; ``tests/functions/test_container.py`` has the server itself."""

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
from tests.unit.entrypoints.test_fc_worker import EXPIRED, OWN, World, array

KEYS = {
    "HTTP_X_FC_ACCESS_KEY_ID": "STS.own",
    "HTTP_X_FC_ACCESS_KEY_SECRET": "secret",
    "HTTP_X_FC_SECURITY_TOKEN": "token",
}
SECONDS = 60.0


class FakeWorker:
    """Knows what it was given; ``fault`` is what comes of it."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.runs: list[dict[str, Any]] = []

    def run(self, payload: bytes, **given: Any) -> None:
        self.runs.append({"payload": payload, **given})
        if self.fault:
            raise self.fault


class Server:
    """One that has the application alone. ``ended`` are the codes that the process would have ended with."""

    def __init__(self, worker: Callable[[], Any]) -> None:
        self.ended: list[int] = []
        self.times = count(0.0, 0.5)
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
        """By both, or not at all."""
        told = {self.status, int(self.headers["x-fc-status"])}
        assert told in ({200}, {404})
        assert int(self.headers["Content-Length"]) == len(self.body)
        return told == {404}


def marks(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("FC Invoke")]


def test_an_event_reaches_the_worker_with_all_that_the_platform_says_of_it() -> None:
    worker = FakeWorker()
    server = Server(lambda: worker)
    assert not server.send(body=b'{"an": "event"}', **KEYS).failed
    assert worker.runs == [
        {
            "payload": b'{"an": "event"}',
            "seconds_left": SECONDS - 0.5,  # the worker had to be made
            "request_id": "request-1",
            "credentials": Credentials("STS.own", "secret", "token"),
        }
    ]


@pytest.mark.parametrize("length", ["", "0"])
def test_an_event_without_a_length_is_empty(length: str) -> None:
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
def test_each_failure_is_told_and_only_one_ends_the_process(capsys, fault, text: str, ended: list[int]) -> None:
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
def test_a_log_that_takes_nothing_changes_nothing(monkeypatch, fault, ended: list[int], *, failed: bool) -> None:
    monkeypatch.setattr("sys.stdout", FullDisk())
    monkeypatch.setattr("sys.stderr", FullDisk())
    server = Server(lambda: FakeWorker(fault))
    assert server.send().failed == failed
    assert server.ended == ended


def test_a_fault_of_ours_is_logged_with_its_traceback_and_the_next_request_is_served(capsys) -> None:
    worker = FakeWorker(RuntimeError("a fault of ours"))
    server = Server(lambda: worker)
    server.send()
    assert "Traceback" in (told := capsys.readouterr().err)
    assert "a fault of ours" in told
    worker.fault = None
    assert not server.send().failed


def test_a_log_is_cut_by_the_marks_of_each_request(capsys) -> None:
    server = Server(FakeWorker)
    server.send(HTTP_X_FC_REQUEST_ID="a")
    server.send(HTTP_X_FC_REQUEST_ID="b")
    assert marks(capsys) == [f"FC Invoke {what} RequestId: {which}" for which in "ab" for what in ("Start", "End")]


def test_a_worker_that_cannot_be_made_is_told_and_tried_again(capsys) -> None:
    makings: list[str] = []

    def make() -> FakeWorker:
        makings.append("tried")
        if len(makings) < 3:
            raise SettingsError("INGEST_INSTANCE_NAME is not set")
        return FakeWorker()

    server = Server(make)
    assert server.send(path="/initialize").failed
    assert server.send().failed
    assert len(marks(capsys)) == 2  # also of an invocation that had no worker
    assert not server.send().failed
    assert not server.ended


def test_the_instances_start_makes_the_worker_and_runs_nothing(capsys) -> None:
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
def test_what_is_not_for_the_worker_does_not_reach_it(method: str, path: str, *, failed: bool) -> None:
    worker = FakeWorker()
    assert Server(lambda: worker).send(method, path).failed is failed
    assert not worker.runs


@pytest.mark.parametrize(
    ("variables", "credentials"),
    [
        ({}, None),
        (KEYS, Credentials("STS.own", "secret", "token")),
        (KEYS | {"HTTP_X_FC_SECURITY_TOKEN": ""}, Credentials("STS.own", "secret", None)),
        (dict.fromkeys(KEYS, ""), None),  # of a function without a role
        ({"HTTP_X_FC_ACCESS_KEY_ID": "STS.own"}, None),
    ],
    ids=["none", "all", "no token", "empty", "half"],
)
def test_a_request_of_a_function_with_a_role_has_keys(variables: dict, credentials: Credentials | None) -> None:
    assert credentials_of_request(variables) == credentials


# With the real worker.


def test_an_expired_key_of_the_process_ends_it() -> None:
    world = World(FakeRetryQueue())
    world.index.faults.script("add", EXPIRED)
    server = Server(lambda: world.worker)
    assert server.send(body=json.dumps(array("a.jpg")).encode()).failed
    assert server.ended == [1]


def test_an_expired_key_of_one_request_ends_that_request_alone() -> None:
    world = World(FakeRetryQueue())
    world.index.faults.script("add", EXPIRED)
    server = Server(lambda: world.worker)
    assert server.send(body=json.dumps(array("a.jpg")).encode(), **KEYS).failed
    assert world.credentials.get() == OWN
    assert not server.ended
    assert not server.send(body=json.dumps(array("a.jpg")).encode(), **KEYS).failed
    assert world.keys() == ["a.jpg"]


@pytest.mark.parametrize("body", [b"", b"rubbish", b"{}", b'{"Records": []}', b"\xff\xfe"])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    server = Server(lambda: World(FakeRetryQueue()).worker)
    assert b"unknown trigger" in server.send(body=body).body
    assert not server.ended
