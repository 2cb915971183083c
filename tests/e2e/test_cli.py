"""The commands as an operator runs them: processes, standard output, standard error and exit codes."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
import zlib
from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from tests.e2e.conftest import COMMAND, Finished, clean_environ, wait_until
from tests.support.pictures import encode, jpeg, scene

EVENTS = Path(__file__).parents[2] / "events"
DEMO = Path(__file__).parents[2] / "docs/images/demo.svg"


def words(table: str) -> Counter[str]:
    """Return the words of a table without its times, which differ from run to run."""
    return Counter(word for word in table.split() if not word.isdecimal())


def bomb(width: int, height: int) -> bytes:
    """Return a PNG whose header declares far more pixels than the file holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


BAD_UPLOADS = {
    "empty.jpg": (b"", "object_empty"),
    "text.jpg": (b"only a text\n" * 50, "not_an_image"),
    "cut.jpg": (encode(scene(800, 600), quality=95)[:9000], "corrupt_image"),
    "page.png": (b"<!DOCTYPE html><html><body>404</body></html>", "not_an_image"),
    "small.png": (encode(scene(60, 60), "PNG"), "image_too_small"),
    "ribbon.png": (encode(Image.new("RGB", (5000, 40)), "PNG"), "image_too_long"),
    "bomb.png": (bomb(60000, 60000), "too_many_pixels"),
    f"{'d' * 200}/{'n' * 60}.jpg": (jpeg(), "key_too_long"),
}


@pytest.fixture
def bad_uploads(tmp_path: Path) -> Path:
    for key, (data, _) in BAD_UPLOADS.items():
        path = tmp_path / "pictures" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "pictures/good.jpg").write_bytes(jpeg())
    (tmp_path / "pictures/.DS_Store").write_bytes(b"ignored")
    return tmp_path / "pictures"


def test_demo_gives_each_upload_its_reason(run, bad_uploads: Path) -> None:
    done = run("demo", bad_uploads, "--json")
    assert done.code == 0, done.stderr
    lines = done.lines
    reasons = {line["key"]: line["reason"] for line in lines}
    assert reasons == {"good.jpg": None} | {key: reason for key, (_, reason) in BAD_UPLOADS.items()}
    assert {line["outcome"] for line in lines if line["key"] != "good.jpg"} == {"rejected"}
    assert all(
        set(line) == {"key", "outcome", "reason", "detail", "steps", "product_id", "pic_name", "ms"} for line in lines
    )
    counts = {"seen": 9, "added": 1, "deleted": 0, "skipped": 0, "rejected": 8, "failed": 0}
    assert done.summary.items() >= (counts | {"dead_lettered": 8, "in_index": 1}).items()


def test_demo_without_a_folder_shows_what_the_readme_shows(run) -> None:
    """If this fails because the demo has changed: make pictures."""
    done = run("demo")
    assert done.code == 0, done.stderr
    assert "12 seen, 7 added, 0 deleted, 0 skipped, 5 rejected, 0 failed, 5 dead lettered, 7 in index" in done.stdout
    svg = ET.fromstring(DEMO.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    shown = words("\n".join(text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")).replace("\xa0", " "))
    shortened = {
        word: next(key for key in done.stdout.split() if key.endswith(word[1:])) for word in shown if word[0] == "…"
    }
    assert len(shortened) == 3
    wanted = words(f"imagesearch-ingest $ make demo {done.stdout} {done.stderr}")
    assert Counter({shortened.get(word, word): count for word, count in shown.items()}) == wanted
    assert "found ProductId 1001" in done.stderr


@pytest.mark.slow
def test_demo_takes_its_settings_from_the_environment(run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(scene(1100, 1000), "PNG"))
    done = run("demo", tmp_path, "--json", INGEST_MAX_SOURCE_MEGAPIXELS="1", INGEST_INSTANCE_NAME="mine")
    assert done.lines[0]["reason"] == "too_many_pixels"


@pytest.mark.slow
def test_demo_ignores_variables_of_other_programs(run, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    (tmp_path / ".imagesearch-metadata.json").write_text(json.dumps({"a.jpg": {"colour": "röd"}}))
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = run("demo", tmp_path, "--json", AWS_PROFILE="nope", POWERTOOLS_DEV="1", **proxies)
    assert done.summary["added"] == 1
    assert "found ProductId a" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_demo_leaves_no_files(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    """A terminal sends the signal to the whole process group."""
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "demo", "--json"],
        env=clean_environ(TMPDIR=str(tmp_path / "tmp")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: list((tmp_path / "tmp").iterdir()))
    time.sleep(0.5)  # workers start now or a little later
    os.killpg(process.pid, sent)
    stdout, stderr = process.communicate(timeout=15)
    done = Finished(process.returncode, stdout, stderr)
    assert (done.code, done.summary["exit"], done.summary.get("failed", 0)) == (code, code, 0)
    assert all(line["outcome"] in ("added", "rejected") for line in done.lines)
    assert "Traceback" not in stderr
    assert not list((tmp_path / "tmp").iterdir())


def test_prepare_exits_with_3_for_rejections(run, bad_uploads: Path, tmp_path: Path) -> None:
    done = run("prepare", bad_uploads, "--json", "--output", tmp_path / "out")
    assert (done.code, done.stderr) == (3, "")
    reasons = {str(Path(line["path"]).relative_to(bad_uploads)): line["reason"] for line in done.lines}
    expected = {key: reason for key, (_, reason) in BAD_UPLOADS.items() if reason != "key_too_long"}
    assert {key: reason for key, reason in reasons.items() if reason} == expected
    assert [key for key, reason in reasons.items() if reason is None] == sorted(reasons.keys() - expected.keys())
    with Image.open(tmp_path / "out/good.jpg") as written:
        assert written.size == (320, 200)


def test_prepare_needs_no_settings_and_exits_with_0(run, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    done = run("prepare", tmp_path / "a.jpg")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "1 seen, 1 prepared, 0 rejected, 0 not read"


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_prepare_leaves_only_whole_files(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    (tmp_path / "in").mkdir()
    large = encode(scene(6000, 6000), "PNG")
    for number in range(40):
        (tmp_path / f"in/{number:02}.png").write_bytes(large)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "prepare", tmp_path / "in", "--output", tmp_path / "out", "--json"],
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    first = json.loads(process.stdout.readline())
    os.killpg(process.pid, sent)
    stdout, stderr = process.communicate(timeout=15)
    assert (process.returncode, stderr) == (code, "")
    *lines, last = [json.loads(line) for line in stdout.splitlines()]
    assert last["summary"]["exit"] == code
    paths = [first["path"], *(line["path"] for line in lines)]
    assert len(paths) < 40
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert [name.partition(".")[0] for name in written][: len(paths)] == [Path(path).stem for path in paths]
    assert not [name for name in written if name.endswith(".part")]


@pytest.mark.parametrize("command", [["demo"], ["emulator"], ["invoke", EVENTS / "aws-sqs-object-created.json"]])
def test_bad_settings_are_all_named_before_anything_starts(run, command: list) -> None:
    done = run(*command, INGEST_INSTANCE_NAME="x" * 21, INGEST_INSTANCE_TIMEOUT_SECONDS="soon", INGEST_TIMEOUT="3")
    assert done.code == 2
    assert done.stdout == "" or done.summary["error"]["reason"] == "usage"
    first, *faults = done.stderr.splitlines()
    assert first == "imagesearch-ingest: the settings are wrong:"
    assert [line.split()[0] for line in faults] == [
        "INGEST_INSTANCE_NAME",
        "INGEST_INSTANCE_TIMEOUT_SECONDS",
        "Unknown",
    ]
    assert faults[-1].startswith("Unknown setting INGEST_TIMEOUT.")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["demo", "/no/such/folder"], "/no/such/folder"),
        (["invoke", "/no/such/event.json"], "/no/such/event.json"),
        (["invoke", EVENTS / "aws-sqs-object-created.json", "--object", "/no/such/picture"], "/no/such/picture"),
        (["prepare", "/no/such/picture"], "/no/such/picture"),
        (["prepare", EVENTS, "--output", EVENTS / "out"], "--output"),
        (["prepare", EVENTS, "--html", EVENTS / "page.txt"], "--html"),
        (["prepare"], "PATH"),
        (["dlq", "list"], "--queue-url"),
        (["emulator", "--port", "65536"], "--port"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_cause(run, arguments: list, named: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["emulator", "--port", "65536"], ["invoke", "--nonsense"], ["plan", "--json"]])
def test_wrong_usage_of_a_command_that_prints_json_ends_with_a_summary(run, arguments: list[str]) -> None:
    assert run(*arguments).summary["error"]["reason"] == "usage"


@pytest.mark.parametrize("content", ["not json", "{}", '{"Records": [{"eventSource": "aws:sns"}]}'])
def test_unusable_event_exits_with_2(run, tmp_path: Path, content: str) -> None:
    (tmp_path / "event.json").write_text(content)
    done = run("invoke", tmp_path / "event.json")
    assert done.code == 2
    assert "event.json" in done.stderr
    assert "Traceback" not in done.stderr


def two_free_ports() -> int:
    """Return the first of two successive free ports, below the system's range and reserved for this test worker."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(20_000 + 1_000 * (worker % 10), 21_000 + 1_000 * (worker % 10), 2):
        with suppress(OSError), listening(port), listening(port + 1):
            return port
    raise AssertionError("no two successive ports are free")


def listening(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


@pytest.mark.parametrize("taken", [0, 1])
def test_busy_port_exits_with_2_and_one_line(run, taken: int) -> None:
    """If the second port, that of S3 and SQS, is busy, the first must be closed again."""
    port = two_free_ports()
    with listening(port + taken):
        done = run("emulator", "--port", port)
    assert (done.code, done.lines) == (2, [])
    assert done.stderr.count("\n") == 1
    assert "port" in done.stderr
    listening(port).close()  # raises if the proxy's port is still in use


def test_invoke_sends_one_event_with_its_object(run, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(encode(scene(), "PNG"))
    done = run("invoke", EVENTS / "aws-sqs-object-created.json", "--object", tmp_path / "picture.png")
    assert done.code == 0, done.stderr
    (line,) = done.lines
    assert line["ms"] > 0
    assert line | {"ms": 0} == {
        "key": "shoes/2092061/front.jpg",
        "outcome": "added",
        "reason": None,
        "detail": None,
        "steps": [],
        "product_id": "2092061",
        "pic_name": "shoes/2092061/front.jpg",
        "ms": 0,
    }


@pytest.mark.parametrize("sample", ["aws-pipes-object-created", "aws-sqs-dead-letter", "alibaba-smq-dead-letter"])
def test_invoke_finds_the_cloud_of_pipes_and_dead_letters(run, tmp_path: Path, sample: str) -> None:
    """A dead letter of the other cloud would be rejected."""
    content = json.loads((EVENTS / f"{sample}.json").read_text(encoding="utf-8"))
    if sample == "aws-sqs-dead-letter":
        content = json.loads(content["Records"][0]["body"])
    if sample == "alibaba-smq-dead-letter":
        content = json.loads(content["data"]["messageBody"])
    (tmp_path / "event.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(encode(scene(), "PNG"))
    done = run("invoke", tmp_path / "event.json", "--object", tmp_path / "picture.png")
    assert done.code == 0, done.stderr
    assert [(line["key"], line["outcome"]) for line in done.lines] == [("shoes/2092061/front.jpg", "added")]


def test_invoke_without_the_object_finds_it_gone(run) -> None:
    done = run("invoke", "-", stdin=(EVENTS / "aws-sqs-batch.json").read_text())
    assert done.code == 0, done.stderr
    assert [(line["outcome"], line["reason"]) for line in done.lines] == [("deleted", "gone_before_ingest")] * 3


SUMMARIES = {
    "demo": "Ingest a folder on the local cloud and show each result.",
    "invoke": "Send one event through the function's real handler.",
    "prepare": "Show what would be sent of each picture, or why it is rejected.",
    "emulator": "Run the local cloud until it is stopped, and print its addresses.",
    "dlq": "Read and replay dead letters: objects that could not be added.",
}


def test_help_shows_each_summary_on_one_line(run) -> None:
    lines = run("--help").stdout.splitlines()
    assert {f"  {name:9}  {summary}" for name, summary in SUMMARIES.items()} <= {*lines}
    assert "  list     List the dead letters without removing them." in run("dlq", "--help").stdout


@pytest.mark.parametrize("columns", ["40", "60", "120"])
def test_help_cuts_no_summary(run, columns: str) -> None:
    shown = " ".join(run("--help", COLUMNS=columns).stdout.split())
    assert all(f" {name} {summary} " in shown for name, summary in SUMMARIES.items())


def test_help_explains_the_exit_codes(run) -> None:
    _, codes = run("--help").stdout.split("Exit codes:\n")
    found = re.findall(r"^ {4,6}(\d+)  \S", codes, re.MULTILINE)
    assert [*map(int, found)] == [0, 1, 2, 3, 4, 5, 6, 7, 130, 143]
    assert "      7  operator action needed (credentials, instance, settings)\n" in codes


def test_version_is_that_of_the_package(run) -> None:
    done = run("--version")
    assert (done.code, done.stdout, done.stderr) == (0, f"imagesearch-ingest {version('imagesearch-ingest')}\n", "")


def test_demo_leaves_no_files(run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_bytes(jpeg())
    run("demo", tmp_path / "in", TMPDIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]
