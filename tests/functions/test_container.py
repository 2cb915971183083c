"""The server of the custom container, in its own process, answers requests as Function Compute expects."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.fc_container import DONE, FAILED, HEADERS, WRONG, Server, ask
from tests.support.function_compute import KEYS, ROOT, QuickCloud, clear, empty
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg


@pytest.fixture(scope="module")
def _cloud() -> Iterator[AlibabaCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def cloud(_cloud: AlibabaCloud) -> AlibabaCloud:
    clear(_cloud)
    return _cloud


def without_keys(cloud: AlibabaCloud) -> dict[str, str]:
    return {name: value for name, value in cloud.environ().items() if name not in KEYS}


@pytest.fixture(scope="module")
def server(_cloud: AlibabaCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"), without_keys(_cloud))
    yield server
    server.stop()


def event(*keys: str) -> list[dict[str, object]]:
    return [message(as_text(notification(element(key))), key) for key in keys]


def uploaded(cloud: AlibabaCloud, *keys: str) -> list[dict[str, object]]:
    for key in keys:
        cloud.upload(key, jpeg())
    empty(cloud)
    return event(*keys)


def pic_names(cloud: AlibabaCloud) -> set[str]:
    return {entry.pic_name for entry in cloud.image_search.entries()}


def test_request_is_settled_with_its_keys(server: Server, cloud: AlibabaCloud) -> None:
    assert server.invoke(uploaded(cloud, "red shoes/鞋.jpg")) == (DONE, "done\n")
    assert pic_names(cloud) == {"red shoes/鞋.jpg"}


def test_requests_run_in_parallel(server: Server, cloud: AlibabaCloud) -> None:
    keys = [f"at-once/{number}.jpg" for number in range(8)]
    uploaded(cloud, *keys)
    cloud.image_search.faults.set_latency("add", 0.5)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda key: server.invoke(event(key), f"id-{key}"), keys))
    assert [status for status, _ in answers] == [DONE] * 8
    assert pic_names(cloud) == set(keys)
    adds = sorted(call.time for call in cloud.image_search.calls if call.leg == "add")
    assert min(later - earlier for earlier, later in pairwise(adds)) < 0.4
    lines = [json.loads(line) for line in server.out.splitlines() if not line.startswith(("FC ", "listening"))]
    outcomes = [line for line in lines if line.get("key", "").startswith("at-once")]
    assert {line["key"]: line["function_request_id"] for line in outcomes} == {key: f"id-{key}" for key in keys}
    for key in keys:
        marks = re.findall(rf"FC Invoke (\w+) RequestId: id-{key}$", server.out, re.MULTILINE)
        assert marks == ["Start", "End"]


def test_failure_sets_status_and_header(server: Server, cloud: AlibabaCloud) -> None:
    status, text = server.invoke(uploaded(cloud, "a.jpg"), keys=WRONG)
    assert status == FAILED
    assert "sent again" in text
    assert not pic_names(cloud)
    assert server.invoke(event("a.jpg"))[0] == DONE
    assert pic_names(cloud) == {"a.jpg"}


def test_request_without_any_keys_fails(server: Server, cloud: AlibabaCloud) -> None:
    assert server.invoke(uploaded(cloud, "a.jpg"), keys={})[0] == FAILED
    assert not cloud.dead_letters()
    assert server.process.poll() is None


@pytest.mark.parametrize("body", [b"", b"rubbish", b"{}", b'{"Records": []}'])
def test_unknown_trigger_fails(server: Server, body: bytes) -> None:
    status, text = server.invoke(body)
    assert status == FAILED
    assert "unknown trigger" in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", DONE),
        ("POST", "/initialize", DONE),
        ("GET", "/initialize", FAILED),
        ("POST", "/somewhere", FAILED),
        ("GET", "/invoke", FAILED),
    ],
)
def test_other_paths(server: Server, method: str, path: str, status: tuple[int, str]) -> None:
    assert server.send(method, path)[0] == status


def test_connection_serves_many_requests(server: Server, cloud: AlibabaCloud) -> None:
    uploaded(cloud, "a.jpg")
    connection = server.connect()
    connection.connect()
    ours = connection.sock.getsockname()
    for _ in range(3):
        assert ask(connection, "POST", "/invoke", event("a.jpg"), HEADERS)[0] == DONE
        assert (
            ask(connection, "POST", "/invoke", b"rubbish", HEADERS)[0] == FAILED
        )  # a failure does not close it either
        assert connection.sock.getsockname() == ours
    connection.close()


def test_long_event_arrives_whole(server: Server, cloud: AlibabaCloud) -> None:
    events = uploaded(cloud, "a.jpg", "b.jpg")
    events[0]["padding"] = "鞋" * 70_000
    assert len(as_text(events).encode()) > 200_000
    assert server.invoke(events)[0] == DONE
    assert pic_names(cloud) == {"a.jpg", "b.jpg"}


def test_event_may_be_chunked(server: Server, cloud: AlibabaCloud) -> None:
    text = as_text(uploaded(cloud, "a.jpg")).encode()
    connection = server.connect()
    pieces = [text[:100], text[100:]]
    connection.request("POST", "/invoke", iter(pieces), HEADERS, encode_chunked=True)
    assert connection.getresponse().read() == b"done\n"
    connection.close()
    assert pic_names(cloud) == {"a.jpg"}


def test_expired_request_token_fails_one_request(server: Server, cloud: AlibabaCloud) -> None:
    events = uploaded(cloud, "a.jpg")
    cloud.oss.expire_token()
    cloud.smq.expired_tokens.add(AlibabaCloud.SECURITY_TOKEN)  # or the records would be sent to their queue again
    try:
        assert server.invoke(events)[0] == FAILED
    finally:
        cloud.smq.expired_tokens.clear()
    assert server.send("GET", "/")[0] == DONE
    assert server.process.poll() is None


def test_expired_process_token_ends_process(cloud: AlibabaCloud, tmp_path: Path) -> None:
    events = uploaded(cloud, "a.jpg")
    server = Server(tmp_path, cloud.environ())
    assert server.invoke(events, keys={})[0] == DONE
    cloud.oss.expire_token()
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        server.invoke(events, keys={})
    assert server.process.wait(10) == 1
    assert not cloud.dead_letters()


def test_wrong_settings_fail_each_request(cloud: AlibabaCloud, tmp_path: Path) -> None:
    wrong = {"INGEST_INSTANCE_NAME": "", "INGEST_TIMEOUT": "3"}
    server = Server(tmp_path, without_keys(cloud) | wrong)
    try:
        for path in ("/initialize", "/invoke", "/invoke"):
            status, text = server.send("POST", path, event("a.jpg"))
            assert status == FAILED
            missing, unknown = text.splitlines()
            assert missing.startswith("INGEST_INSTANCE_NAME is not set.")
            assert unknown.startswith("Unknown setting INGEST_TIMEOUT.")
        assert server.send("GET", "/")[0] == DONE
    finally:
        server.stop()
    assert server.err.count("INGEST_INSTANCE_NAME is not set") == 3


def test_unavailable_port_gives_one_line(cloud: AlibabaCloud) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port in ("http", "-1", str(taken.getsockname()[1])):
            done = subprocess.run(  # noqa: S603 - a fixed command
                [sys.executable, ROOT / "functions/ingest_oss/server.py"],
                env=cloud.environ() | {"FC_SERVER_PORT": port},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
            assert port in done.stderr
            assert "FC_SERVER_PORT" in done.stderr


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_server_stops_with_its_children(cloud: AlibabaCloud, tmp_path: Path, *, busy: bool) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    server = Server(tmp_path, without_keys(cloud) | {"TMPDIR": str(temporary)})
    events = uploaded(cloud, "a.jpg", "b.jpg")
    assert server.invoke(events)[0] == DONE  # its child process is running now
    children = [int(pid) for pid in children_of(server.process.pid)]
    assert children
    if busy:
        cloud.image_search.faults.set_latency("add", 5)
        connection = server.connect()
        connection.request("POST", "/invoke", as_text(events).encode(), HEADERS)
    begun = time.monotonic()
    code = server.stop()
    assert code == 0  # from a signal handler: the first process of a container ignores a signal without one
    assert time.monotonic() - begun < 5
    if busy:
        connection.close()
    wait_for_the_end_of(children)
    assert not list(temporary.iterdir())
    assert "Traceback" not in server.err


def children_of(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [child for task in tasks for child in (task / "children").read_text().split()]


def wait_for_the_end_of(pids: list[int]) -> None:
    end = time.monotonic() + 10
    while alive := [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()]:
        assert time.monotonic() < end, alive
        time.sleep(0.05)
