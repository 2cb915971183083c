"""`sam build`, without docker and on any machine: what would be uploaded to AWS."""

import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.conftest import ROOT, RUNTIME, SAM

AARCH64 = 183  # e_machine (elf.h, EM_AARCH64)
UNCHECKED_HASH = 0b01  # PEP 552
UNZIPPED_LIMIT = 250 * 1024 * 1024  # of a function with its layers (Lambda developer guide, Quotas)
PARTS = ["DependenciesLayer", "IngestLayer", "IngestFunction"]


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
    python: str,  # noqa: ARG001 - sam asks for it by itself
    sam_environ: dict[str, str],
) -> Path:
    folder = tmp_path_factory.mktemp("built with sam")
    done = subprocess.run(  # noqa: S603 - our own command
        [SAM / "sam", "build", "--build-dir", folder],
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
    """By what the files begin with, not by what they are called."""
    heads = ((path, path.read_bytes()[:20]) for path in files(folder))
    return {path: struct.unpack_from("<H", head, 18)[0] for path, head in heads if head.startswith(b"\x7fELF")}


def byte_code(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-{RUNTIME.replace('.', '')}.pyc"


def test_native_code_is_for_the_processor_of_the_template(built: Path) -> None:
    machines = elf_machines(built)
    assert len(machines) > 30
    assert {path.name: machine for path, machine in machines.items() if machine != AARCH64} == {}


@pytest.mark.parametrize("part", PARTS)
def test_every_module_has_byte_code_that_is_never_checked(built: Path, part: str) -> None:
    sources = list((built / part).rglob("*.py"))
    assert sources
    for source in sources:
        flags = struct.unpack_from("<I", byte_code(source).read_bytes(), 4)[0]
        assert flags == UNCHECKED_HASH, source


def test_nothing_else_is_in_it(built: Path) -> None:
    assert sorted(path.name for path in (built / "IngestFunction").iterdir()) == ["__pycache__", "app.py"]
    assert [path.name for path in (built / "IngestLayer").iterdir()] == ["python"]
    assert [path.name for path in (built / "IngestLayer/python").iterdir()] == ["imagesearch_ingest"]
    assert [path.name for path in (built / "DependenciesLayer").iterdir()] == ["python"]
    assert not {"bin", "moto", "pytest", "uv"} & {path.name for path in (built / "DependenciesLayer/python").iterdir()}


def test_of_the_services_that_botocore_describes_the_adapters_own_are_left(built: Path) -> None:
    """That none is missing is test_built_function's to see: it runs with what is left."""
    described = {path.name for path in (built / "DependenciesLayer/python/botocore/data").iterdir() if path.is_dir()}
    made = (ROOT / "layers/ingest/python/imagesearch_ingest/bootstrap/aws.py").read_text(encoding="utf-8")
    assert described == {name for name in re.findall(r'"(\w+)"', made) if name in {"s3", "secretsmanager", "sqs"}}
    assert len(described) == 3


def test_byte_code_names_its_place_on_lambda_and_not_the_machine_that_built_it(built: Path) -> None:
    compiled = [path for path in files(built) if path.suffix == ".pyc"]
    assert not [path for path in compiled if str(built).encode() in path.read_bytes()]
    assert b"/var/task/app.py" in byte_code(built / "IngestFunction/app.py").read_bytes()
    library = built / "IngestLayer/python/imagesearch_ingest"
    assert (
        b"/opt/python/imagesearch_ingest/reconcile/reconciler.py"
        in byte_code(library / "reconcile/reconciler.py").read_bytes()
    )


def test_it_is_within_what_lambda_accepts(built: Path) -> None:
    assert sum(path.stat().st_size for part in PARTS for path in files(built / part)) < UNZIPPED_LIMIT / 2


def test_a_missing_interpreter_is_said_loudly(tmp_path: Path) -> None:
    """With an empty PATH but for what the script itself needs, there is no python3.13 and no pyenv."""
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", ROOT / "layers/find_python.sh", RUNTIME],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"python{RUNTIME} is needed" in done.stderr
