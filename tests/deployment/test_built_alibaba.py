"""The result of `make build-alibaba` runs on a bare python3.12 that sees nothing else.

Pictures pass from the bucket to the index or the dead-letter queue.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.runtimes.function import FUNCTION_COMPUTE, LocalFunction
from local_cloud.triggers.event_stream import EventStream
from tests.deployment import elf
from tests.deployment.conftest import ROOT, cannot
from tests.e2e.conftest import wait_until
from tests.support.pictures import encode, jpeg, scene
from tests.support.watch_oss import deploy_anew, put_rule, watch_environ

RUNTIME = "3.12"
BARE = ["-S", "-P"]  # no site-packages and no working directory: only PYTHONPATH and the standard library
GLIBC = (2, 31)  # of Debian 11, the system of Function Compute's python3.12 (user guide, Python runtimes)
ZIPPED_LIMIT = 100 * 1024 * 1024  # of a package through the API (Function Compute, "Limits")
LAYERS = ["dependencies", "library"]
EVERYTHING = (
    "index, imagesearch_ingest.bootstrap.alibaba, imagesearch_ingest.adapters.subprocess.program, alibabacloud_oss_v2"
    ", re2"
)
EVERYTHING += (
    ", mns.queue, alibabacloud_imagesearch20201214.client, aws_lambda_powertools, PIL.Image, pydantic_core, pyvips"
)


@dataclass(frozen=True)
class Built:
    """A build. ``folder`` holds /code, and the two layers that are merged at /opt."""

    folder: Path
    python: str

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables that Function Compute itself sets."""
        paths = [self.folder / "code", *(self.folder / layer / "python" for layer in LAYERS)]
        return {
            "FC_FUNCTION_NAME": "imagesearch-ingest",
            "FC_REGION": "cn-shanghai",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
        }


@pytest.fixture(scope="module")
def python() -> str:
    found = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", ROOT / "layers/find_python.sh", RUNTIME], capture_output=True, text=True, check=False
    )
    if found.returncode:
        cannot(found.stderr.strip())
    return found.stdout.strip()


def make(*variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(  # noqa: S603 - a fixed command
        ["make", "build-alibaba", *variables],  # noqa: S607 - found on PATH
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, python: str) -> Built:
    folder = tmp_path_factory.mktemp("fc") / "built"
    done = make(f"FC={folder}")
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(folder, python)


def test_failed_build_keeps_the_last_one(tmp_path: Path) -> None:
    """Otherwise an incomplete layer could be published."""
    kept = tmp_path / "built/dependencies/python/kept.py"
    kept.parent.mkdir(parents=True)
    kept.touch()
    assert make(f"FC={tmp_path / 'built'}", "UV=missing").returncode == 2
    assert kept.exists()


@pytest.fixture
def runnable(built: Built) -> Built:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        cannot("Function Compute's layers are for Linux on x86_64 alone")
    return built


def test_build_has_only_the_referenced_folders(built: Built) -> None:
    assert {path.name for path in built.folder.iterdir()} == {"code", "watch", "zips", *LAYERS}
    for function in ("code", "watch"):
        assert {path.name for path in (built.folder / function).iterdir()} == {"index.py", "__pycache__"}
    for layer in LAYERS:
        assert [path.name for path in (built.folder / layer).iterdir()] == ["python"]
    in_layers = {path.name for layer in LAYERS for path in (built.folder / layer / "python").iterdir()}
    assert not {"Crypto", "bin", "boto3", "moto", "pytest", "uv", "waitress"} & in_layers


def test_layers_share_no_file(built: Built) -> None:
    """If both had the same file, the layer that the template names first would win."""
    first, second = (
        {path.relative_to(built.folder / layer) for path in (built.folder / layer).rglob("*") if path.is_file()}
        for layer in LAYERS
    )
    assert first & second == set()


def test_native_code_loads_on_the_runtime(built: Built) -> None:
    objects = elf.shared_objects(built.folder)
    assert len(objects) > 30
    assert {path.name for path in objects if elf.machine(path) != elf.X86_64} == set()
    assert {path.name: elf.newest(path, "GLIBC_") for path in objects if elf.newest(path, "GLIBC_") > GLIBC} == {}
    assert max(elf.newest(path, "GLIBC_") for path in objects) >= (2, 14), "no versions were read"


def test_byte_code_names_runtime_paths(built: Built) -> None:
    sources = list(built.folder.rglob("*.py"))
    compiled = {source: source.parent / "__pycache__" / f"{source.stem}.cpython-312.pyc" for source in sources}
    assert {source.name for source, code in compiled.items() if not code.is_file()} == set()
    for function in ("code", "watch"):
        assert b"/code/index.py" in compiled[built.folder / function / "index.py"].read_bytes()
    library = built.folder / "library/python/imagesearch_ingest"
    assert (
        b"/opt/python/imagesearch_ingest/reconcile/reconciler.py"
        in compiled[library / "reconcile/reconciler.py"].read_bytes()
    )
    assert {
        source.name for source, code in compiled.items() if str(built.folder).encode() in code.read_bytes()
    } == set()


@pytest.mark.parametrize("part", LAYERS)
def test_size_is_within_function_compute_limits(built: Built, part: str) -> None:
    files = (path for path in (built.folder / part).rglob("*") if path.is_file())
    assert sum(len(zlib.compress(path.read_bytes(), 1)) for path in files) < ZIPPED_LIMIT / 2


def test_interpreter_sees_only_the_build(runnable: Built) -> None:
    probe = f"import sys, {EVERYTHING}; print(*sys.path, sep='\\n')\n"
    probe += "print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)), sep='\\n')"
    seen = run(runnable, probe).splitlines()
    home = run(runnable, "import sys; print(*sys.path[3:], sep='\\n')").splitlines()
    strangers = [line for line in seen if not line.startswith((str(runnable.folder), *home))]
    assert strangers == []
    assert not [line for line in seen if "site-packages" in line or line.startswith(str(ROOT))]


def test_handler_starts_and_lists_missing_settings(runnable: Built) -> None:
    probe = "import index, types as t\n"
    probe += "context = t.SimpleNamespace(function=t.SimpleNamespace(timeout=60), request_id='1')\n"
    probe += "try: index.handler(b'{}', context)\nexcept Exception as error: print(type(error).__name__, error)"
    output = run(runnable, probe)
    assert output.startswith("SettingsError")
    assert {"INGEST_INSTANCE_NAME", "INGEST_INSTANCE_REGION", "INGEST_DEAD_LETTER_QUEUE_URL"} <= set(output.split())


def run(built: Built, program: str) -> str:
    done = subprocess.run(  # noqa: S603 - a fixed command
        [built.python, *BARE, "-c", program], env=built.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# From the bucket to the index.

GOOD = {
    "shoes/2092061/front.jpg": jpeg(),
    "red shoes/鞋+%41.webp": encode(scene(300, 300), "WEBP"),
    "large.jpg": jpeg(5000, 300),
    "upright.png": encode(scene(200, 300), "PNG"),
}


class Deployed:
    """The deployed chain, and the log of the function."""

    def __init__(self, built: Built, runtime: Path) -> None:
        self.cloud = AlibabaCloud(with_function=False)
        self.log: list[str] = []
        self._built = built
        self._runtime = runtime

    def __enter__(self) -> Self:
        self.cloud.start()
        path = os.pathsep.join((self._built.environ["PYTHONPATH"], str(self._runtime)))
        self.function = LocalFunction(
            self._built.folder / "code",
            self.cloud.environ() | self._built.environ | {"PYTHONPATH": path},
            runtime=FUNCTION_COMPUTE,
            command=[self._built.python, *BARE, "-m", FUNCTION_COMPUTE.program],
            on_log=self.log.append,
        )
        self._stream = EventStream(self.cloud.smq.queue(QUEUE), self.function.invoke, self.cloud.options)
        self._stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.stop()
        self.function.close()
        self._stream.join()
        self.cloud.close()

    def outcomes(self) -> dict[str, str]:
        """Return the latest outcome of each key."""
        lines = [json.loads(line) for line in self.log if line.startswith("{")]
        return {line["key"]: line["outcome"] for line in lines if line.get("message") == "object"}

    def pic_names(self) -> set[str]:
        return {entry.pic_name for entry in self.cloud.image_search.entries()}


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Return a folder with only the modules that call the handler."""
    (tmp_path / "local_cloud/runtimes").mkdir(parents=True)
    for name in ("__init__", "runtimes/__init__", "runtimes/fc_runtime", "runtimes/worker"):
        shutil.copy(ROOT / f"tools/local_cloud/{name}.py", tmp_path / f"local_cloud/{name}.py")
    return tmp_path


def test_pictures_are_added_or_dead_lettered(runnable: Built, runtime: Path) -> None:
    with Deployed(runnable, runtime) as deployed:
        for key, picture in GOOD.items():
            deployed.cloud.upload(key, picture)
        deployed.cloud.upload("notes.jpg", b"not a picture at all")
        wait_until(lambda: len(deployed.outcomes()) == len(GOOD) + 1)
        assert deployed.outcomes() == {**dict.fromkeys(GOOD, "added"), "notes.jpg": "rejected"}
        assert deployed.pic_names() == set(GOOD)
        (letter,) = deployed.cloud.dead_letters()
        assert (letter["code"], letter["source"]["key"]) == ("not_an_image", "notes.jpg")
        deployed.cloud.remove("large.jpg")
        wait_until(lambda: deployed.outcomes()["large.jpg"] == "deleted")
        assert deployed.pic_names() == set(GOOD) - {"large.jpg"}


def test_the_watch_runs_from_its_layers(runnable: Built, runtime: Path) -> None:
    paths = [runnable.folder / "watch", *(runnable.folder / layer / "python" for layer in LAYERS), runtime]
    own = runnable.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "INGEST_STACK_NAME": "shop"}
    log: list[str] = []
    with AlibabaCloud(with_function=False) as cloud:
        deploy_anew(cloud)
        function = LocalFunction(
            runnable.folder / "watch",
            watch_environ(cloud) | own,
            runtime=FUNCTION_COMPUTE,
            command=[runnable.python, *BARE, "-m", FUNCTION_COMPUTE.program],
            on_log=log.append,
        )
        with closing(function):
            assert json.loads(function.invoke(b"{}"))["announcing"] is True
            put_rule(cloud, status="DISABLE")
            assert json.loads(function.invoke(b"{}"))["announcing"] is False
    lines = [json.loads(line) for line in log if line.startswith("{")]
    metrics = [line for line in lines if line["message"] == "metrics"]
    assert [(one["Announcing"], one["WatchFailed"], one["stack"]) for one in metrics] == [
        (1, 0, "shop"),
        (0, 0, "shop"),
    ]
