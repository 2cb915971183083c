"""The rules of design section 4 that a machine can see."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "layers/ingest/python/imagesearch_ingest"
# Who may know a vendor: the adapters; bootstrap, which makes their clients; telemetry, which is the platform's log.
OUTSIDE_THE_STATIONS = {"adapters", "bootstrap", "telemetry.py"}
SDKS = {"alibabacloud_imagesearch20201214", "alibabacloud_tea_openapi", "aws_lambda_powertools", "boto3", "botocore"}
SDKS |= {"Tea", "alibabacloud_oss_v2", "mns", "waitress", "darabonba", "requests", "urllib3"}
TOOLS = {"imagesearch_ops", "local_cloud"}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def stations() -> list[Path]:
    return [path for path in modules(LIBRARY) if path.relative_to(LIBRARY).parts[0] not in OUTSIDE_THE_STATIONS]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", stations(), ids=name)
def test_a_station_imports_neither_adapters_nor_bootstrap_nor_an_sdk(path: Path) -> None:
    for imported in imports(path):
        assert imported.partition(".")[0] not in SDKS, imported
        assert not imported.startswith(("imagesearch_ingest.adapters", "imagesearch_ingest.bootstrap")), imported


@pytest.mark.parametrize("path", [*modules(LIBRARY), *modules(ROOT / "functions")], ids=name)
def test_what_is_deployed_never_imports_the_tools(path: Path) -> None:
    assert not TOOLS & {imported.partition(".")[0] for imported in imports(path)}


@pytest.mark.parametrize("path", modules(LIBRARY), ids=name)
def test_the_library_never_reads_the_environment_by_itself(path: Path) -> None:
    """The handler hands it in: then no import can depend on it, and every test can choose it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"environ", "getenv"}, f"line {node.lineno}"


@pytest.mark.parametrize("path", stations(), ids=name)
def test_a_station_has_no_clock_of_its_own(path: Path) -> None:
    """Clock and sleep are passed in, so that later tests run on a virtual clock."""
    assert not {"time", "asyncio"} & {imported.partition(".")[0] for imported in imports(path)}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "datetime":
            assert node.attr not in {"now", "utcnow", "today"}, f"line {node.lineno}"


def test_nothing_is_called_utils() -> None:
    assert not list(ROOT.glob("[!.]*/**/util*.py"))


def test_the_tests_of_the_library_mirror_it() -> None:
    """Each test module of tests/unit is called after the module that it tests: test_prepare_hostile tests prepare."""
    for test in (ROOT / "tests/unit").rglob("test_*.py"):
        folder = LIBRARY / test.relative_to(ROOT / "tests/unit").parent
        assert any(test.stem.startswith(f"test_{path.stem}") for path in folder.iterdir()), (
            f"{name(test)} tests nothing"
        )


def test_every_handler_is_thin() -> None:
    for path in modules(ROOT / "functions"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 25, name(path)
