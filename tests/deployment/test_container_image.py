"""The Dockerfile builds, and its image serves events without being root."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from tests.deployment.conftest import ROOT, cannot
from tests.deployment.image import TAG, Builder, require_tools, send_signal
from tests.support.fc_container import DONE, Server, free_port
from tests.support.function_compute import KEYS, QuickCloud, empty
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

DOCKERFILE = ROOT / "functions/ingest_oss/Dockerfile"
MAX_MEGABYTES = 150  # beside the base
SIZE = """
import os
print(sum(one.stat().st_size for folder, _, _ in os.walk("/opt/python") for one in os.scandir(folder) if one.is_file()))
"""
WRITABLE = """
import os
for top in ("/bin", "/code", "/etc", "/lib", "/opt", "/sbin", "/usr"):
    for folder, _, names in os.walk(top):
        for path in (folder, *(f"{folder}/{name}" for name in names)):
            if not os.path.islink(path) and os.access(path, os.W_OK):
                print(path)
"""
# A build for all tests of this file counts as part of the first, and the machine may be busy.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    require_tools()
    found = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", ROOT / "layers/find_python.sh", "3.12"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        cannot(found.stderr.strip())
    builder = Builder(tmp_path_factory.mktemp("image"))
    builder.make_base(found.stdout.strip())
    builder.build(DOCKERFILE, ROOT)
    yield builder
    builder.run("rm", "--all")
    builder.run("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def container(builder: Builder) -> str:
    return builder.run("from", "--pull=never", TAG).strip()


def run_inside(builder: Builder, container: str, *words: str) -> str:
    return builder.run("run", "--isolation", "chroot", container, "--", *words)


class Container(Server):
    """The image's own command, as its own user, with the network of this machine."""

    def __init__(self, folder: Path, environ: dict[str, str], builder: Builder, container: str) -> None:
        self._out, self._err = folder / "out", folder / "err"
        self.port = free_port()
        ca = environ["INGEST_CA_BUNDLE"]
        variables = environ | {"FC_SERVER_PORT": str(self.port)}
        options = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        command = builder.command(
            "run", "--isolation", "chroot", "--volume", f"{ca}:{ca}:ro", *options, container, "--"
        )
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(  # noqa: S603 - our own image
                [*command, *builder.inspect()["Cmd"]], stdout=out, stderr=err, start_new_session=True
            )
        self._wait()

    def stop(self) -> int:
        send_signal(self.process.pid, "TERM")
        try:
            return self.process.wait(10)
        finally:
            if self.process.poll() is None:
                send_signal(self.process.pid, "KILL")


def test_image_adds_an_uploaded_picture(builder: Builder, container: str, tmp_path: Path) -> None:
    with QuickCloud(with_function=False) as cloud:
        cloud.upload("shoes/1.jpg", jpeg())
        empty(cloud)
        environ = {name: value for name, value in cloud.environ().items() if name not in {*KEYS, "PATH"}}
        server = Container(tmp_path, environ, builder, container)
        try:
            text = as_text(notification(element("shoes/1.jpg")))
            assert server.invoke([message(text, "shoes/1.jpg")]) == (DONE, "done\n"), server.out + server.err
            assert owners_of("/code/server.py") == {10001}
        finally:
            server.stop()
        assert {entry.pic_name for entry in cloud.image_search.entries()} == {"shoes/1.jpg"}, server.out + server.err
        assert AlibabaCloud.SECURITY_TOKEN not in server.out + server.err


def owners_of(argument: str) -> set[int]:
    """Return the users of all processes of Python that have the argument: real, effective and saved."""
    found = {path.parent: _read(path).split("\0") for path in Path("/proc").glob("[0-9]*/cmdline")}
    pythons = [process for process, words in found.items() if words[0].endswith("/python") and argument in words]
    status = [_read(process / "status") for process in pythons]
    return {int(user) for text in status for user in re.search(r"^Uid:\s+(.*)$", text, re.MULTILINE)[1].split()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # the process has ended
        return ""


def test_image_runs_the_server_as_its_own_user(builder: Builder) -> None:
    config = builder.inspect()
    assert config["Cmd"] == ["python", "/code/server.py"]
    assert (config["User"], list(config["ExposedPorts"])) == ("10001", ["9000/tcp"])
    assert not re.search(r"SECRET|TOKEN|KEY", " ".join(config["Env"]))


def test_image_cannot_change_its_own_files(builder: Builder, container: str) -> None:
    assert run_inside(builder, container, "python", "-c", WRITABLE) == ""


def test_image_has_only_what_runs(builder: Builder, container: str) -> None:
    listed = run_inside(
        builder, container, "python", "-c", "import os; print(*os.listdir('/opt/python'), *os.listdir('/code'))"
    )
    names = set(listed.split())
    assert {"imagesearch_ingest", "PIL", "server.py"} <= names
    assert names & {"bin", "tests", "pip", "setuptools", "boto3", "requirements"} == set()
    assert (
        run_inside(builder, container, "python", "-c", "import importlib.util as i; print(i.find_spec('pip'))")
        == "None\n"
    )
    assert int(run_inside(builder, container, "python", "-c", SIZE)) < MAX_MEGABYTES * 1_000_000


def test_image_has_byte_code_for_its_python(builder: Builder, container: str) -> None:
    code = "import imagesearch_ingest.settings as s; print(s.__spec__.cached)"
    cached = run_inside(builder, container, "python", "-c", code).strip()
    assert cached.endswith("settings.cpython-312.pyc")
    assert run_inside(builder, container, "python", "-c", f"import os; print(os.path.exists({cached!r}))") == "True\n"


def test_a_base_without_its_digest_is_refused() -> None:
    """A tag can be moved. The digest cannot."""
    first = re.search(r"^ARG BASE=(.*)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert re.fullmatch(r"python:3\.12\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", first)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE) == ["${BASE}", "${BASE}"]
