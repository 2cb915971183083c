"""The wheel works in an empty environment, outside of the repository."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from imagesearch_ops.demo_pictures import draw_pictures

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools/operator/imagesearch_ops"
MAX_BYTES = 120_000_000
INSTALLER = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    build = [uv, "build", "--wheel", "--no-build-isolation", "--offline", "--quiet", "--out-dir", folder, ROOT]
    subprocess.run(build, check=True)  # noqa: S603 - our own command
    return next(folder.glob("*.whl"))


def install(folder: Path, wheel: str) -> Path:
    """Return the environment. pip takes the index that this machine has configured."""
    folder.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)  # noqa: S603 - our own command
    pip = [folder / "env/bin/python", "-m", "pip", "install", "--quiet", "--no-compile", wheel]
    subprocess.run(pip, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - see above
    return folder / "env"


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("installed"), str(wheel))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with pictures and a list of keys, outside of the repository."""
    for key, data in draw_pictures():
        if len(key) < 100:  # no file may have the longest name
            path = tmp_path / "pictures" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (tmp_path / "keys.txt").write_text("shoes/1/front.jpg\nshoes/2/front.jpg\n", encoding="utf-8")
    (tmp_path / "event.json").write_bytes((ROOT / "events/aws-sqs-object-created.json").read_bytes())
    return tmp_path


def run(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [environment / "bin/imagesearch-ingest", *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_wheel_holds_the_packages_at_their_names_and_the_pages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.partition("/")[0] for name in names}
    assert {name for name in packages if "." not in name} == {"imagesearch_ingest", "imagesearch_ops", "local_cloud"}
    pages = {f"imagesearch_ops/{path.relative_to(TOOLS)}" for path in TOOLS.rglob("*.html")}
    assert {"imagesearch_ops/pages/base.html"} <= pages <= set(names)
    assert {"local_cloud/functions/ingest_s3/app.py", "local_cloud/functions/ingest_oss/index.py"} <= set(names)


def test_the_version_is_printed(environment: Path, folder: Path, wheel: Path) -> None:
    done = run(environment, folder, "--version")
    assert done.stdout == f"imagesearch-ingest {wheel.name.split('-')[1]}\n"


READING = {
    "prepare": ["prepare", "pictures"],
    "keys test": ["keys", "test", "keys.txt"],
    "plan": ["plan", "pictures"],
}


@pytest.mark.parametrize("command", READING)
def test_a_command_needs_nothing_of_the_repository(environment: Path, folder: Path, command: str) -> None:
    done = run(environment, folder, *READING[command])
    assert done.returncode in (0, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout


def test_doctor_needs_no_sdk_of_alibaba_cloud_on_aws(environment: Path, folder: Path) -> None:
    done = run(environment, folder, "doctor")
    assert done.returncode == 7
    assert "INGEST_INSTANCE_NAME is not set" in done.stdout


@pytest.mark.parametrize("arguments", [["demo"], ["emulator"], ["invoke", "event.json"]])
def test_the_local_cloud_is_missing_in_one_line(environment: Path, folder: Path, arguments: list[str]) -> None:
    done = run(environment, folder, *arguments)
    assert done.returncode == 2
    assert done.stdout == "" or json.loads(done.stdout)["summary"]["exit"] == 2
    (line,) = done.stderr.splitlines()
    assert "[local] @ file://" in line


def test_the_real_handler_runs_without_the_local_cloud(environment: Path, folder: Path) -> None:
    done = run(environment, folder, "invoke", "--live", "event.json")
    assert done.returncode == 2
    assert "INGEST_INSTANCE_NAME is not set" in done.stderr


def test_the_installation_is_small(environment: Path) -> None:
    """pip and setuptools belong to the environment. Byte code is written when a module is first imported."""
    (packages,) = environment.glob("lib/python*/site-packages")
    files = [path for path in packages.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    ours = [path for path in files if not path.relative_to(packages).parts[0].startswith(INSTALLER)]
    assert 80_000_000 < sum(path.stat().st_size for path in ours) < MAX_BYTES


def test_the_extra_brings_the_local_cloud(wheel: Path, folder: Path, tmp_path: Path) -> None:
    environment = install(tmp_path / "extra", f"{wheel}[local]")
    for cloud in ("aws", "alibaba"):
        done = run(environment, folder, "demo", "pictures", "--cloud", cloud)
        assert done.returncode == 0, done.stderr
        assert "7 added" in done.stdout
