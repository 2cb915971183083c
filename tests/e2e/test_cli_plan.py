"""``plan`` as an operator runs it, on a folder, on the local S3 and on the local OSS."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.aws import AwsServer
from local_cloud.image_search import ImageSearchService
from local_cloud.oss import OssService
from tests.e2e.conftest import COMMAND, clean_environ
from tests.support.pictures import encode, jpeg, scene

MOST_IN_FLIGHT = 4 * len(os.sched_getaffinity(0))  # reads at once
GOOD = [jpeg(), jpeg(900, 600), encode(scene(), "PNG"), encode(scene(500, 400), "BMP")]
BAD = [b"only text", GOOD[0][:2000], encode(scene(20, 20), "PNG"), b""]


def contents(count: int) -> dict[str, bytes]:
    """Return pictures of which 3 % are bad, and one object of each other kind."""
    found = {}
    for number in range(count):
        data = BAD[number // 33 % 4] if number % 33 == 16 else GOOD[number % 4]
        found[f"shop/{number % 7}/sku-{number:04}.jpg"] = data
    return {**found, "shop/Thumbs.db": b"x", "x" * 300: b"x", "old/1.gif": b"x"}


class Bucket:
    """A bucket of a local cloud. ``reads`` counts the requests for each object."""

    def __init__(self, url: str, environ: dict[str, str]) -> None:
        self.url = url
        self.environ = environ
        self.reads: Counter[str] = Counter()


@pytest.fixture
def on_s3(unique_name: str) -> Iterator[Callable[[int], Bucket]]:
    aws = AwsServer()
    application = aws._server.app  # noqa: SLF001 - it counts nothing
    bucket = Bucket(f"s3://{unique_name}", aws.environ())

    def count(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "GET" and "list-type" not in environ["QUERY_STRING"]:
            bucket.reads[environ["PATH_INFO"]] += 1
        return application(environ, start)

    aws._server.app = count  # noqa: SLF001 - as above
    aws.start()
    client = aws.client("s3")
    client.create_bucket(Bucket=unique_name)

    def fill(size: int) -> Bucket:
        for key, data in contents(size).items():
            client.put_object(Bucket=unique_name, Key=key, Body=data)
        return bucket

    yield fill
    aws.close()


@pytest.fixture
def on_oss(unique_name: str) -> Iterator[Callable[[int], Bucket]]:
    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret") as oss:
        oss.make_bucket(unique_name)
        environ = {
            "FC_REGION": "cn-shanghai",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
            "INGEST_BUCKET_ENDPOINT": oss.url,
            "INGEST_CA_BUNDLE": str(oss.ca_path),
        }
        bucket = Bucket(f"oss://{unique_name}", environ)
        uploader = oss.uploader()
        respond = oss._player._respond  # noqa: SLF001 - as above

        def count(request: Any, *rest: Any) -> Any:
            if request.method == "GET" and "list-type" not in dict(request.query):
                bucket.reads[request.path] += 1
            return respond(request, *rest)

        oss._player._respond = count  # noqa: SLF001 - as above

        def fill(size: int) -> Bucket:
            for key, data in contents(size).items():
                uploader.put(unique_name, key, data)
            return bucket

        yield fill


def plan(bucket: Bucket, *arguments: str, stop_after: int = 0, how: int = signal.SIGKILL, **environ: str) -> tuple:
    """Run the command; send it a signal once it has printed some lines. Return its exit code, lines and messages."""
    lines = []
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "plan", bucket.url, "--json", *arguments],
        env=clean_environ(**bucket.environ, **environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        for line in process.stdout:
            lines.append(json.loads(line))
            if len(lines) == stop_after:
                process.send_signal(how)
        errors = process.stderr.read()
    return process.returncode, lines, errors


def numbers_of(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in lines[-1]["summary"].items() if name not in {"run", "seconds"}}


def check_totals(summary: dict[str, Any], size: int) -> None:
    bad = sum(number % 33 == 16 for number in range(size))
    assert summary["listed"] == size + 3
    assert (summary["skipped"], summary["rejected_by_key"]) == (
        {"excluded": 1, "never_a_picture": 1},
        {"key_too_long": 1},
    )
    assert summary["eligible"] == summary["sampled"] == size
    assert summary["would_add"] + sum(summary["would_reject"].values()) == size
    assert sum(summary["would_reject"].values()) == bad


def kill_and_resume(bucket: Bucket, size: int, tmp_path: Path, how: int) -> None:
    settings = {"INGEST_EXCLUDE": "*.gif", "XDG_STATE_HOME": str(tmp_path)}
    page = str(tmp_path / "page.html")
    _, whole, errors = plan(bucket, "--all", **settings)
    assert whole[-1]["summary"]["exit"] == 0, errors
    check_totals(whole[-1]["summary"], size)
    bucket.reads.clear()
    state = str(tmp_path / "run")
    code, first, _ = plan(bucket, "--all", "--html", page, "--state", state, stop_after=size // 2, how=how, **settings)
    assert code == (130 if how == signal.SIGINT else -signal.SIGKILL)
    if how == signal.SIGINT:
        assert first[-1]["summary"]["error"]["reason"] == "interrupted"
        assert first[-1]["summary"]["listed"] == size + 3
    code, resumed, errors = plan(bucket, "--all", "--html", page, "--resume", state, **settings)
    assert code == 0, errors
    assert numbers_of(resumed) == numbers_of(whole)
    assert sorted(line["key"] for line in resumed[:-1]) == sorted(line["key"] for line in whole[:-1])
    assert len(bucket.reads) == size
    assert sum(count - 1 for count in bucket.reads.values()) <= MOST_IN_FLIGHT
    assert max(bucket.reads.values()) <= 2
    text = Path(page).read_text(encoding="utf-8")
    assert 0 < len(text) < 10_000_000
    assert text.count("<article>") > 0
    assert text.count('<img src="data:image/webp;base64,') > 0


@pytest.mark.parametrize(
    ("cloud", "how"), [("on_s3", signal.SIGKILL), ("on_oss", signal.SIGKILL), ("on_s3", signal.SIGINT)]
)
def test_a_plan_that_was_stopped_goes_on(request: pytest.FixtureRequest, cloud: str, how: int, tmp_path: Path) -> None:
    kill_and_resume(request.getfixturevalue(cloud)(100), 100, tmp_path, how)


@pytest.mark.slow
@pytest.mark.parametrize("cloud", ["on_s3", "on_oss"])
def test_five_thousand_objects_are_read_once(request: pytest.FixtureRequest, cloud: str, tmp_path: Path) -> None:
    kill_and_resume(request.getfixturevalue(cloud)(5000), 5000, tmp_path, signal.SIGKILL)


def test_a_folder_needs_no_account_and_no_cloud(run: Callable[..., Any], tmp_path: Path) -> None:
    for key, data in contents(40).items():
        path = tmp_path / "in" / key[:200]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    done = run("plan", tmp_path / "in", XDG_STATE_HOME=str(tmp_path / "state"))
    assert done.code == 0, done.stderr
    first, second = done.stderr.splitlines()
    assert first == "no deployment: 5 adds/s, rule the folder and the whole key"
    assert second.startswith("run 2")
    assert "43 objects" in done.stdout
    assert "Upload a larger picture" not in done.stdout  # the first bad one is a text
    assert "not_an_image" in done.stdout


def test_an_instance_says_how_much_room_is_left(
    run: Callable[..., Any], image_search: ImageSearchService, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(jpeg())
    environ = {
        "INGEST_INSTANCE_NAME": "demo",
        "INGEST_INSTANCE_REGION": "ap-southeast-1",
        "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/letters",
        "INGEST_HTTPS_PROXY": image_search.proxy_url,
        "INGEST_CA_BUNDLE": str(image_search.ca_path),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    summary = run("plan", tmp_path / "in", "--json", **environ).summary
    assert summary["capacity_left"] > 0
    assert summary["expires"].startswith("20")
    without_key = {name: value for name, value in environ.items() if not name.startswith("ALIBABA")}
    done = run("plan", tmp_path / "in", "--json", **without_key)
    summary = done.summary
    assert (done.code, summary["capacity_left"], summary["expires"]) == (0, None, None)
    assert "capacity and expiry are unknown" in done.stderr


def test_errors_are_one_line_without_a_traceback(run: Callable[..., Any], tmp_path: Path) -> None:
    hostile = "\x1b]0;x\x07\u202e"
    for arguments in (
        ["/no/" + hostile],
        ["s3://" + hostile],
        [str(tmp_path), "--resume", hostile],
        [str(tmp_path), "--all", "--keys-only"],
    ):
        done = run("plan", *arguments, AWS_REGION="us-east-1", XDG_STATE_HOME=str(tmp_path))
        assert done.code == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\u202e"}


def test_a_plan_needs_no_local_cloud() -> None:
    """The installed command comes without it."""
    program = (
        "import sys, imagesearch_ops.plan.planning, imagesearch_ops.buckets.s3, imagesearch_ops.buckets.oss, "
        "imagesearch_ops.stores; print([name for name in sys.modules if name.startswith(('local_cloud', 'moto'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)  # noqa: S603
    assert done.stdout == "[]\n"
