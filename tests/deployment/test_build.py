"""The result of `sam build`, made without docker on any machine."""

import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.conftest import ROOT, RUNTIME, SAM

AARCH64 = 183  # e_machine (elf.h, EM_AARCH64)
UNCHECKED_HASH = 0b01  # PEP 552
UNZIPPED_LIMIT = 250 * 1024 * 1024  # for a function with its layers (Lambda developer guide, Quotas)
INGEST = ["DependenciesLayer", "IngestLayer", "IngestFunction"]
AUDIT = ["DependenciesLayer", "IngestLayer", "OperatorLayer", "AuditFunction"]
PARTS = [*INGEST, "OperatorLayer", "AuditFunction", "WatchFunction"]


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
    python: str,  # noqa: ARG001 - sam needs it
    sam_environ: dict[str, str],
) -> Path:
    folder = tmp_path_factory.mktemp("built with sam")
    done = subprocess.run(  # noqa: S603 - a fixed command
        [SAM / "sam", "build", "--parallel", "--build-dir", folder],
        cwd=ROOT,
        env=sam_environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def elf_machines(folder: Path) -> dict[Path, int]:
    """Return the native files, by their first bytes."""
    heads = ((path, path.read_bytes()[:20]) for path in files(folder))
    return {path: struct.unpack_from("<H", head, 18)[0] for path, head in heads if head.startswith(b"\x7fELF")}


def byte_code(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-{RUNTIME.replace('.', '')}.pyc"


def test_native_code_fits_the_processor(built: Path) -> None:
    machines = elf_machines(built)
    assert len(machines) > 30
    assert {path.name: machine for path, machine in machines.items() if machine != AARCH64} == {}


@pytest.mark.parametrize("part", PARTS)
def test_byte_code_is_unchecked(built: Path, part: str) -> None:
    sources = list((built / part).rglob("*.py"))
    assert sources
    for source in sources:
        flags = struct.unpack_from("<I", byte_code(source).read_bytes(), 4)[0]
        assert flags == UNCHECKED_HASH, source


def test_build_has_nothing_else(built: Path) -> None:
    assert sorted(path.name for path in (built / "IngestFunction").iterdir()) == ["__pycache__", "app.py"]
    assert [path.name for path in (built / "IngestLayer").iterdir()] == ["python"]
    assert [path.name for path in (built / "IngestLayer/python").iterdir()] == ["imagesearch_ingest"]
    assert sorted(path.name for path in (built / "AuditFunction").iterdir()) == ["__pycache__", "app.py"]
    assert [path.name for path in (built / "DependenciesLayer").iterdir()] == ["python"]
    assert not {"bin", "moto", "pytest", "uv"} & {path.name for path in (built / "DependenciesLayer/python").iterdir()}


def test_botocore_keeps_only_used_services(built: Path) -> None:
    """Whether one is missing shows in test_built_function, which runs with the rest."""
    described = {path.name for path in (built / "DependenciesLayer/python/botocore/data").iterdir() if path.is_dir()}
    bootstrap = ROOT / "layers/ingest/python/imagesearch_ingest/bootstrap"
    made = "".join(
        (bootstrap / name).read_text(encoding="utf-8") for name in ("aws.py", "aws_credentials.py", "watch_aws.py")
    )
    used = {"events", "s3", "secretsmanager", "sqs", "sts"}
    assert described == used & set(re.findall(r'"(\w+)"', made))
    assert len(described) == 5


def test_byte_code_names_lambda_paths(built: Path) -> None:
    compiled = [path for path in files(built) if path.suffix == ".pyc"]
    assert not [path for path in compiled if str(built).encode() in path.read_bytes()]
    assert b"/var/task/app.py" in byte_code(built / "IngestFunction/app.py").read_bytes()
    library = built / "IngestLayer/python/imagesearch_ingest"
    assert (
        b"/opt/python/imagesearch_ingest/reconcile/reconciler.py"
        in byte_code(library / "reconcile/reconciler.py").read_bytes()
    )


@pytest.mark.parametrize("parts", [INGEST, AUDIT])
def test_size_is_within_lambda_limits(built: Path, parts: list[str]) -> None:
    assert sum(path.stat().st_size for part in parts for path in files(built / part)) < UNZIPPED_LIMIT / 2


def test_no_layer_repeats_what_another_has(built: Path) -> None:
    packages = [{path.name for path in (built / part / "python").iterdir()} for part in AUDIT[:3]]
    assert packages[2] >= {"imagesearch_ops", "jinja2", "rich", "typer"}
    assert packages[2] & (packages[0] | packages[1]) == set()


def test_libvips_is_complete_and_small(built: Path) -> None:
    """The binding compiled for this machine would not load on Lambda: ``test_native_code_fits_the_processor``."""
    packages = built / "DependenciesLayer/python"
    native = [*packages.glob("_libvips.abi3.so"), *packages.glob("pyvips_binary.libs/libvips-*.so.*")]
    assert set(elf_machines(packages)) >= set(native)
    assert len(native) == 2
    parts = [path for part in packages.glob("*vips*") for path in ([part] if part.is_file() else files(part))]
    assert sum(path.stat().st_size for path in parts) < 20_000_000
    licences = {path.read_text(encoding="utf-8")[:20] for path in packages.glob("pyvips*.dist-info/licenses/*")}
    assert len(licences) == 2


def test_missing_interpreter_is_an_error(tmp_path: Path) -> None:
    """PATH has only what the script needs, so there is neither python3.13 nor pyenv."""
    done = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", ROOT / "layers/find_python.sh", RUNTIME],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"python{RUNTIME} is needed" in done.stderr
