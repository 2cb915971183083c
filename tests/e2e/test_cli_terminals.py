"""The commands on terminals and in locales that cannot show every character."""

import json
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue
from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ops.terminal_text import path_text
from local_cloud.smq import SmqService
from tests.e2e.conftest import COMMAND, Finished, clean_environ, file_name
from tests.e2e.emulator import Emulator
from tests.support.fakes import a_letter
from tests.support.pictures import jpeg
from tests.support.smq import KEY_ID, KEY_SECRET, TOKEN, adapter, local_smq, new_queue

EVENTS = Path(__file__).parents[2] / "events"
ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ASCII = pytest.param(ASCII_LOCALE, "ascii", id="ascii locale")
ASCII_STREAMS = pytest.param({"PYTHONIOENCODING": "ascii:strict"}, "ascii", id="ascii streams")
LATIN_1 = pytest.param({"PYTHONIOENCODING": "latin-1:strict"}, "latin-1", id="latin-1 streams")
SLOW_LATIN_1 = pytest.param(*LATIN_1.values, id=LATIN_1.id, marks=pytest.mark.slow)
UTF_8 = pytest.param({"LC_ALL": "C.UTF-8"}, "utf-8", id="utf-8")

KEYS = ["café.jpg", "鞋/👟.jpg", "│[red]:shoe:.jpg", "鞋" * 40 + ".jpg"]
NOT_UTF8 = b"not-utf8-\xe9.jpg"
SHOWN = {
    "ascii": [r"caf\xe9.jpg", r"\u978b/\U0001f45f.jpg", r"\u2502[red]:shoe:.jpg", r"\u978b" * 40],
    "latin-1": ["café.jpg", r"\u978b/\U0001f45f.jpg", r"\u2502[red]:shoe:.jpg", r"\u978b" * 40],
    "utf-8": ["café.jpg", "鞋/👟.jpg", "│[red]:shoe:.jpg", "鞋" * 40],
}


def run_with(environ: dict[str, str], encoding: str, *arguments: object) -> Finished:
    """Run the command and decode its output strictly."""
    done = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, *map(str, arguments)],
        env=clean_environ(**environ),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return Finished(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / file_name("鞋 pictures")
    for key in KEYS:
        path = pictures / file_name(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg())
    return pictures


@pytest.mark.parametrize(("environ", "encoding"), [ASCII, ASCII_STREAMS, LATIN_1, UTF_8])
def test_prepare_shows_any_name(folder: Path, environ: dict[str, str], encoding: str) -> None:
    (folder / os.fsdecode(NOT_UTF8)).write_bytes(b"text")
    done = run_with(environ, encoding, "prepare", *sorted(folder.iterdir()))
    assert done.code == 3
    assert all(shown in done.stdout for shown in [*SHOWN[encoding], r"not-utf8-\udce9.jpg"]), done.stdout
    lines = run_with(
        environ, "ascii", "prepare", folder, "--json", "--output", folder.parent / file_name("out 鞋")
    ).lines
    names = {line["path"].removeprefix(f"{path_text(folder)}/") for line in lines}
    assert names == {*KEYS, NOT_UTF8.decode("utf-8", "surrogateescape")}
    assert {path.name for path in (folder.parent / file_name("out 鞋")).rglob("*.jpg")} == {
        file_name(Path(key).name) for key in KEYS
    }


def test_prepare_keeps_its_columns_straight(folder: Path) -> None:
    (folder / file_name(KEYS[-1])).unlink()  # a long cell moves the rest of its row
    done = run_with(ASCII_LOCALE, "ascii", "prepare", *sorted(folder.iterdir()))
    starts = {
        line.index(word) for word in ("outcome", "prepared ") for line in done.stdout.splitlines() if word in line
    }
    assert len(starts) == 1


@pytest.mark.parametrize(("environ", "encoding"), [ASCII, SLOW_LATIN_1])
def test_demo_shows_any_key(folder: Path, environ: dict[str, str], encoding: str) -> None:
    temporary = folder.parent / file_name("tmp 鞋")
    temporary.mkdir()
    done = run_with(environ | {"TMPDIR": str(temporary)}, encoding, "demo", folder)
    assert done.code == 0, done.stderr
    assert not list(temporary.iterdir())
    assert all(shown in done.stdout for shown in SHOWN[encoding]), done.stdout
    assert "4 seen, 4 added" in done.stdout
    assert f"Searched with a smaller copy of {SHOWN[encoding][0]}:\nfound ProductId caf" in done.stderr


def test_demo_names_a_file_that_cannot_be_a_key(folder: Path) -> None:
    (folder / os.fsdecode(NOT_UTF8)).touch()
    for environ in (ASCII_LOCALE, {}):
        done = run_with(environ, "utf-8", "demo", folder)
        assert (done.code, done.stderr.count("\n")) == (2, 1)
        assert r"not-utf8-\udce9.jpg: the name is not UTF-8" in done.stderr


def test_invoke_shows_any_key(tmp_path: Path) -> None:
    event = json.loads((EVENTS / "aws-sqs-object-created.json").read_text(encoding="utf-8"))
    message = json.loads(event["Records"][0]["body"])
    message["Records"][0]["s3"]["object"]["key"] = "%E9%9E%8B/a%1B.jpg"
    event["Records"][0]["body"] = json.dumps(message)
    (tmp_path / file_name("鞋.json")).write_text(json.dumps(event))
    (tmp_path / "text.jpg").write_bytes(b"only text")
    done = run_with(ASCII_LOCALE, "ascii", "invoke", tmp_path / file_name("鞋.json"), "--object", tmp_path / "text.jpg")
    assert done.code == 0
    assert [line["key"] for line in done.lines] == ["鞋/a\x1b.jpg"]
    assert done.stderr.startswith(r"\u978b/a\x1b.jpg: not_an_image: ")


# Each does something to some terminal: control characters, bidirectional, invisible and line-breaking ones.
HOSTILE = "\x1b]0;PWNED\x07\x9b31m\x7f\u202e\u2066\u200b\ufeff\u2028\u2029\x85"


def check_harmless(done: Finished) -> None:
    """Check that no character can steer a terminal."""
    for text in (done.stdout, done.stderr):
        assert all(line.isprintable() for line in text.split("\n")), text


def s3_event(key: str, **message: object) -> dict[str, object]:
    event = json.loads((EVENTS / "aws-sqs-object-created.json").read_text(encoding="utf-8"))
    body = json.loads(event["Records"][0]["body"])
    body["Records"][0]["s3"]["object"]["key"] = quote(key)
    event["Records"][0]["body"] = json.dumps(body | message)
    return event


def oss_event(key: str) -> dict[str, object]:
    event = json.loads((EVENTS / "alibaba-oss-put-object.json").read_text(encoding="utf-8"))
    event["events"][0]["oss"]["object"]["key"] = key
    return event


@pytest.mark.parametrize("event", [s3_event, oss_event])
def test_invoke_escapes_a_hostile_key(tmp_path: Path, event: Callable[[str], dict[str, object]]) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event(f"a{HOSTILE}.jpg")))
    done = run_with({"LC_ALL": "C.UTF-8"}, "utf-8", "invoke", tmp_path / "event.json")
    check_harmless(done)
    assert (done.code, [line["outcome"] for line in done.lines]) == (0, ["deleted"])
    assert [line["key"] for line in done.lines] == [f"a{HOSTILE}.jpg"]
    assert (
        r"a\x1b]0;PWNED\x07\x9b31m\x7f\u202e\u2066\u200b\ufeff\u2028\u2029\x85.jpg: gone_before_ingest" in done.stderr
    )
    assert done.stderr.endswith("so the object counts as gone. Upload one with --object FILE.\n")


def test_invoke_names_a_key_that_the_local_bucket_does_not_take(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps(s3_event("shoes/a\nb.jpg")))
    (tmp_path / "a.jpg").write_bytes(jpeg())
    done = run_with({}, "utf-8", "invoke", tmp_path / "event.json", "--object", tmp_path / "a.jpg")
    assert (done.code, done.lines, done.stderr.count("\n")) == (2, [], 1)
    assert r"the local bucket does not take the key 'shoes/a\nb.jpg'" in done.stderr


@pytest.mark.parametrize("name", ["bucket", "message"])
def test_invoke_escapes_other_names(tmp_path: Path, name: str) -> None:
    event = s3_event("a.jpg")
    if name == "bucket":
        body = json.loads(event["Records"][0]["body"])
        body["Records"][0]["s3"]["bucket"]["name"] = f"shop{HOSTILE}"
        event["Records"][0]["body"] = json.dumps(body)
    else:
        event["Records"][0] |= {"messageId": HOSTILE, "body": HOSTILE}
    (tmp_path / f"{HOSTILE}.json").write_text(json.dumps(event))
    done = run_with({"LC_ALL": "C.UTF-8"}, "utf-8", "invoke", tmp_path / f"{HOSTILE}.json")
    check_harmless(done)
    assert done.stderr


def test_prepare_escapes_hostile_names(tmp_path: Path) -> None:
    folder = tmp_path / f"in{HOSTILE}"
    folder.mkdir()
    (folder / f"good{HOSTILE}.jpg").write_bytes(jpeg())
    (folder / f"bad{HOSTILE}.jpg").write_bytes(b"text")
    (folder / f"link{HOSTILE}").symlink_to(tmp_path)
    arguments = ("prepare", folder, folder / f"good{HOSTILE}.jpg", "--output", tmp_path / f"out{HOSTILE}")
    done = run_with({"LC_ALL": "C.UTF-8"}, "utf-8", *arguments)
    check_harmless(done)
    assert (done.code, done.stderr.count("\n")) == (3, 2)  # a link, and a name that is in use
    assert "2 prepared, 1 rejected, 1 not read" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["prepare"], ["demo"], ["invoke"], ["invoke", "a", "--object"], ["emulator", "--state"]]
)
def test_a_hostile_path_is_escaped(tmp_path: Path, arguments: list[str]) -> None:
    """The path does not exist, or is below a file."""
    (tmp_path / f"file{HOSTILE}").touch()
    done = run_with({"LC_ALL": "C.UTF-8"}, "utf-8", *arguments, tmp_path / f"file{HOSTILE}" / f"x{HOSTILE}")
    check_harmless(done)
    assert done.code in {1, 2}
    assert "PWNED" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [HOSTILE],
        [f"--{HOSTILE}"],
        ["invoke", "a", HOSTILE],
        ["demo", "--cloud", HOSTILE],
        ["emulator", "--port", HOSTILE],
    ],
    ids=["command", "option", "argument", "choice", "number"],
)
def test_typers_own_messages_are_escaped(arguments: list[str]) -> None:
    done = run_with({"LC_ALL": "C.UTF-8"}, "utf-8", *arguments)
    check_harmless(done)
    assert done.code == 2
    assert done.stdout == "" or (done.lines, done.summary["error"]["reason"]) == ([], "usage")
    assert done.stderr.startswith("Usage: imagesearch-ingest ")


NESTED = "[" * 100_000 + "]" * 100_000


def test_deeply_nested_json_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text(NESTED)
    done = run_with({}, "utf-8", "invoke", tmp_path / "deep.json")
    assert (done.code, done.lines) == (2, [])
    assert done.stderr == f"imagesearch-ingest: {tmp_path / 'deep.json'}: the JSON is nested too deeply\n"
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/.imagesearch-metadata.json").write_text(NESTED)
    done = run_with({}, "utf-8", "demo", tmp_path / "pictures")
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.endswith(".imagesearch-metadata.json: the JSON is nested too deeply\n")


def test_a_deeply_nested_message_is_rejected_alone(tmp_path: Path) -> None:
    event = s3_event("a.jpg")
    event["Records"][0]["body"] = NESTED
    (tmp_path / "deep.json").write_text(json.dumps(event))
    done = run_with({}, "utf-8", "invoke", tmp_path / "deep.json")
    assert (done.code, [line["reason"] for line in done.lines]) == (0, ["event_malformed"])
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def smq() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.mark.parametrize(("environ", "encoding"), [ASCII, SLOW_LATIN_1])
def test_dlq_list_shows_any_key(smq: SmqService, environ: dict[str, str], encoding: str) -> None:
    name = new_queue(smq)
    for key in KEYS:
        source = Source(cloud="alibaba", bucket="shop", key=key)
        adapter(SmqDeadLetterQueue, smq, name).send(a_letter(record_id=key, source=source, message="→ größer"))
    credentials = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        "INGEST_CA_BUNDLE": str(smq.ca_path),
    }
    arguments = ("dlq", "list", "--queue-url", smq.queue_url(name))
    done = run_with(environ | credentials, encoding, *arguments)
    assert done.code == 0, done.stderr
    assert all(shown in done.stdout for shown in SHOWN[encoding]), done.stdout
    assert done.stdout.endswith("\n4 dead letters\n")
    lines = run_with(environ | credentials, "ascii", *arguments, "--json").lines
    assert {line["source"]["key"] for line in lines} == set(KEYS)


def test_emulator_prints_variables_that_a_shell_can_read(tmp_path: Path) -> None:
    """A shell must get the bytes of the path, whatever this terminal shows."""
    state = tmp_path / file_name("state 鞋")
    emulator = Emulator("--state", state, **ASCII_LOCALE)
    assert emulator.stop() == 0
    assert emulator.about["ca"].startswith(path_text(state))
    quoted = emulator.environ["INGEST_CA_BUNDLE"]
    assert quoted.isascii()
    read = subprocess.run(["/bin/bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True)  # noqa: S603
    assert read.stdout.decode("utf-8") == emulator.about["ca"]


@pytest.mark.parametrize(("environ", "encoding"), [ASCII, ASCII_STREAMS, LATIN_1])
@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "/no/鞋"],
        ["prepare", "/no/鞋"],
        ["invoke", "/no/鞋.json"],
        ["dlq", "list", "--queue-url", "https://1.mns.cn-shanghai.aliyuncs.com/鞋"],
    ],
    ids=["demo", "prepare", "invoke", "dlq list"],
)
def test_error_with_any_value_gets_a_clear_line(arguments: list[str], environ: dict[str, str], encoding: str) -> None:
    done = run_with(environ, encoding, *map(file_name, arguments))
    assert (done.code, done.stdout if arguments[0] != "invoke" else "") == (2, "")
    assert r"\u978b" in done.stderr


@pytest.mark.parametrize("arguments", [["demo", "--鞋"], ["鞋"]], ids=["option", "command"])
def test_usage_error_with_any_value_has_no_traceback(arguments: list[str]) -> None:
    """Typer prints these itself, with "?" for such a character or in UTF-8."""
    for environ in (ASCII_LOCALE, {"PYTHONIOENCODING": "ascii:strict"}, {"PYTHONIOENCODING": "latin-1:strict"}):
        done = run_with(environ, "latin-1", *map(file_name, arguments))
        assert (done.code, done.stdout) == (2, "")
        assert "No such" in done.stderr


@pytest.mark.parametrize("environ", [ASCII_LOCALE, {"LC_ALL": "C.UTF-8"}], ids=["ascii", "utf-8"])
def test_prepare_fills_a_terminal_of_80_columns(folder: Path, environ: dict[str, str]) -> None:
    """The progress bar, its dashes included, goes to the same terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "prepare", folder],
        env=clean_environ(TERM="xterm", COLUMNS="80", **environ),
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    assert process.wait(timeout=60) == 0
    assert b"Traceback" not in shown
    assert b"4 seen, 4 prepared, 0 rejected, 0 not read" in shown
    assert shown.isascii() is (environ is ASCII_LOCALE)
    rows = [line for line in shown.decode("utf-8").splitlines() if " 320x200 " in line]
    assert len(rows) == 4  # a row each, without a break
    assert all(
        row.startswith(("…", "...")) and row.endswith(("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"))
        for row in rows
    )


def test_closed_output_causes_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    for redirection, code in ((">&-", 0), ("2>&-", 0), (">/dev/full", 1)):
        script = f"exec '{COMMAND}' prepare '{tmp_path}' {redirection}"
        done = subprocess.run(["/bin/bash", "-c", script], env=clean_environ(), capture_output=True, check=False)  # noqa: S603
        assert done.returncode == code
        assert done.stderr == (b"imagesearch-ingest: No space left on device\n" if code else b"")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's answer when the other end is closed
        return b""
