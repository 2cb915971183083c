"""The commands on the local Alibaba Cloud: the tests of ``test_cli.py``, and what differs from AWS."""

import json
import os
import signal
import socket
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

import alibabacloud_oss_v2 as oss
import pytest

from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.credentials import EnvironmentCredentials
from tests.e2e.conftest import COMMAND, clean_environ, file_name, wait_until
from tests.e2e.emulator import Emulator
from tests.e2e.test_cli import BAD_UPLOADS, words
from tests.support.pictures import encode, jpeg, scene

EVENTS = Path(__file__).parents[2] / "events"
FRONT = "shoes/2092061/front.jpg"
ALIBABA = ("--cloud", "alibaba")
ABOUT = ["proxy", "ca", "image_search", "oss", "smq", "queue", "dead_letter_queue", "bucket", "instance"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / "pictures"
    for key, (data, _) in BAD_UPLOADS.items():
        path = pictures / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (pictures / "red shoes").mkdir()
    (pictures / file_name("red shoes/100% a+b 鞋.jpg")).write_bytes(jpeg())
    (pictures / "good.jpg").write_bytes(jpeg())
    (pictures / ".imagesearch-metadata.json").write_text(json.dumps({"good.jpg": {"imagesearch-int-attr": "many"}}))
    return pictures


def test_demo_gives_each_upload_its_reason_as_on_aws(run, folder: Path) -> None:
    done = run("demo", folder, *ALIBABA, "--json")
    assert done.code == 0, done.stderr
    lines = done.lines
    assert {line["key"]: line["reason"] for line in lines} == {
        "red shoes/100% a+b 鞋.jpg": None,
        "good.jpg": "attribute_invalid",
    } | {key: reason for key, (_, reason) in BAD_UPLOADS.items()}
    assert all(
        list(line) == ["key", "outcome", "reason", "detail", "steps", "product_id", "pic_name", "ms"] for line in lines
    )
    counts = {"seen": 10, "added": 1, "deleted": 0, "skipped": 0, "rejected": 9, "failed": 0}
    assert done.summary.items() >= (counts | {"dead_lettered": 9, "in_index": 1}).items()
    assert "found ProductId red shoes" in done.stderr


@pytest.mark.slow
def test_demo_shows_the_same_table_whatever_announces(run) -> None:
    on_aws = run("demo")
    assert on_aws.code == 0
    for announcing in ([], ["--announce", "oss"]):
        on_alibaba = run("demo", *ALIBABA, *announcing)
        assert on_alibaba.code == 0, on_alibaba.stderr
        assert words(on_alibaba.stdout) == words(on_aws.stdout)
        assert "found ProductId 1001" in on_alibaba.stderr


@pytest.mark.parametrize("command", ["demo", "emulator"])
def test_only_alibaba_cloud_has_a_choice_of_what_announces(run, command: str) -> None:
    done = run(command, "--announce", "oss")
    assert done.code == 2
    said = "imagesearch-ingest: --announce oss is for --cloud alibaba, not for --cloud aws"
    assert done.stderr.splitlines() == [said]


@pytest.mark.parametrize("command", [["demo", *ALIBABA], ["emulator", *ALIBABA]])
def test_bad_settings_are_all_named_before_anything_starts(run, command: list[str]) -> None:
    done = run(*command, INGEST_INSTANCE_NAME="x" * 21, INGEST_INSTANCE_TIMEOUT_SECONDS="soon", INGEST_TIMEOUT="3")
    assert done.code == 2
    assert done.stdout == "" or done.lines == []
    faults = done.stderr.splitlines()[1:]
    assert [line.split()[0] for line in faults] == [
        "INGEST_INSTANCE_NAME",
        "INGEST_INSTANCE_TIMEOUT_SECONDS",
        "Unknown",
    ]
    assert faults[-1].startswith("Unknown setting INGEST_TIMEOUT.")


def test_unknown_cloud_exits_with_2(run) -> None:
    done = run("demo", "--cloud", "azure")
    assert done.code == 2
    assert "azure" in done.stderr


@pytest.mark.parametrize("name", ["oss-put-object", "smq-object-created", "eventbridge-object-created"])
def test_invoke_finds_the_cloud_from_the_event(run, tmp_path: Path, name: str) -> None:
    (tmp_path / "picture.png").write_bytes(encode(scene(), "PNG"))
    done = run("invoke", EVENTS / f"alibaba-{name}.json", "--object", tmp_path / "picture.png")
    assert done.code == 0, done.stderr
    (line,) = done.lines
    assert line | {"ms": 0} == {
        "key": FRONT,
        "outcome": "added",
        "reason": None,
        "detail": None,
        "steps": [],
        "product_id": "2092061",
        "pic_name": FRONT,
        "ms": 0,
    }


def test_invoke_without_the_object_finds_it_gone(run) -> None:
    done = run("invoke", "-", stdin=(EVENTS / "alibaba-smq-stream-batch.json").read_text(encoding="utf-8"))
    assert done.code == 0, done.stderr
    assert [(line["outcome"], line["reason"]) for line in done.lines] == [("deleted", "gone_before_ingest")] * 3


LIVE = {
    "FC_REGION": "cn-shanghai",
    "INGEST_BUCKET_ENDPOINT": "http://127.0.0.1:9",
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "cn-shanghai",
    "INGEST_QUEUE_URL": "http://127.0.0.1:9/queues/ingest",
    "INGEST_DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:9/queues/ingest-dead-letters",
}
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "b"}


def test_live_without_credentials_exits_with_7(run) -> None:
    done = run("invoke", EVENTS / "alibaba-oss-put-object.json", "--live", **LIVE)
    assert done.code == 7, done.stderr
    assert [line["reason"] for line in done.lines] == ["credentials"]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_live_without_a_network_exits_with_5(run) -> None:
    done = run("invoke", EVENTS / "alibaba-oss-put-object.json", "--live", **LIVE | KEYS)
    assert done.code == 5, done.stderr
    assert [line["reason"] for line in done.lines] == ["network"]
    assert "Traceback" not in done.stderr


def test_live_without_region_exits_with_2(run) -> None:
    done = run("invoke", EVENTS / "alibaba-oss-put-object.json", "--live", **LIVE | {"FC_REGION": ""})
    assert done.code == 2
    assert done.stderr.splitlines()[1].startswith("FC_REGION is not set")


def test_live_names_all_bad_settings_at_once(run) -> None:
    wrong = {"FC_REGION": "", "INGEST_INSTANCE_NAME": "", "INGEST_QUEUE_URL": "https://sqs.example/1/ingest"}
    done = run("invoke", EVENTS / "alibaba-oss-put-object.json", "--live", **LIVE | wrong)
    assert done.code == 2
    assert [line.split()[0] for line in done.stderr.splitlines()[1:]] == list(wrong)


@pytest.mark.parametrize(("environ", "code"), [({}, 7), (KEYS, 5)], ids=["no credentials", "no server"])
def test_unreadable_dead_letter_queue_gets_one_line(run, environ: dict[str, str], code: int) -> None:
    for queue in ("http://127.0.0.1:9/queues/dead", "https://127.0.0.1:9/queues/dead"):
        done = run("dlq", "list", "--queue-url", queue, **environ)
        assert (done.code, done.stderr.count("\n")) == (code, 2)
        assert done.stderr.startswith(f"dead letters: {queue}\nimagesearch-ingest: ")


def three_free_ports() -> int:
    """Return the first of three successive free ports, below the system's range and reserved for this test worker."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 10_100 + 900 * (worker % 10)
    for port in range(first, first + 900, 3):
        with suppress(OSError), ExitStack() as stack:
            for number in range(3):
                stack.enter_context(listening(port + number))
            return port
    raise AssertionError("no three successive ports are free")


def listening(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_busy_port_exits_with_2_and_one_line(run, taken: int) -> None:
    """If the port of the proxy, SMQ or OSS is busy, the others must be closed again."""
    port = three_free_ports()
    with listening(port + taken):
        done = run("emulator", *ALIBABA, "--port", port)
    assert (done.code, done.lines) == (2, [])
    assert done.stderr.count("\n") == 1
    assert "port" in done.stderr
    for number in range(3):
        listening(port + number).close()


class AlibabaEmulator(Emulator):
    def __init__(self, *arguments: object) -> None:
        super().__init__(*ALIBABA, *arguments)

    def bucket(self) -> oss.Client:
        """Return a client of the real SDK, made only from what the command printed."""
        return oss_client(
            EnvironmentCredentials(self.environ),
            region=self.environ["FC_REGION"],
            endpoint=self.environ["INGEST_BUCKET_ENDPOINT"],
            ca_bundle=Path(self.about["ca"]),
        )

    def put(self, key: str, data: bytes) -> None:
        self.bucket().put_object(oss.PutObjectRequest(bucket=self.about["bucket"], key=key, body=data))


@pytest.mark.slow
def test_emulator_serves_other_processes_and_keeps_its_state(run, tmp_path: Path) -> None:
    emulator = AlibabaEmulator("--state", tmp_path)
    assert list(emulator.about) == ABOUT
    emulator.put("p/1.jpg", jpeg())
    emulator.put("p/bad.jpg", b"text")
    wait_until(lambda: run("dlq", "list", "--json", **emulator.environ).summary["records"])
    listed = run("dlq", "list", "--json", "--queue-url", emulator.about["dead_letter_queue"], **emulator.environ)
    assert [(line["source"]["key"], line["code"]) for line in listed.lines] == [("p/bad.jpg", "not_an_image")]
    wait_until(lambda: any(tmp_path.glob("image_search/index/*")))
    live = run("invoke", EVENTS / "alibaba-smq-object-deleted.json", "--live", **emulator.environ)
    assert [(line["outcome"], line["key"]) for line in live.lines] == [("deleted", FRONT)]
    assert emulator.stop() == 0

    again = AlibabaEmulator("--state", tmp_path)
    assert again.about["ca"] == emulator.about["ca"]
    table = run("dlq", "list", **again.environ)
    assert "p/bad.jpg" in table.stdout
    assert "not_an_image" in table.stdout
    held = again.bucket().get_object(oss.GetObjectRequest(bucket=again.about["bucket"], key="p/1.jpg"))
    assert held.body.read() == jpeg()
    held.body.close()
    assert again.stop() == 0


@pytest.mark.slow
def test_stopped_emulator_leaves_no_files(tmp_path: Path) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "emulator", *ALIBABA],
        env=clean_environ(TMPDIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert not list(tmp_path.iterdir())
