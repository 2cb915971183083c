"""The rules of design section 4 that a machine can see."""

import ast
from collections.abc import Iterator
from pathlib import Path

from imagesearch_ingest.images.formats import FORMATS

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "layers/ingest/python/imagesearch_ingest"
SDKS = {"alibabacloud_imagesearch20201214", "alibabacloud_tea_openapi", "aws_lambda_powertools", "boto3", "botocore"}
SDKS |= {"Tea", "alibabacloud_oss_v2", "mns", "waitress", "darabonba", "requests", "urllib3"}
TOOLS = {"imagesearch_ops", "local_cloud"}
# Which rooms of the library may import which others, lowest floor first. A room may import any room below its own
# floor, and none of its own floor or above. "(top)" are the modules beside the rooms.
FLOORS = (
    {"model"},
    {"redaction", "pacing", "attributes"},
    {"events", "identity", "images", "credentials"},
    {"image_search", "settings"},
    {"reconcile", "dead_letters"},
    {"batch"},
    {"entrypoints"},
    {"adapters"},
    {"bootstrap"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FORMAT_FOLDERS = LIBRARY / "images/formats"
FORMAT_NAMES = {"HEIF", "MPO", *(name for row in FORMATS for name in (row.name, row.title))}
# These know a vendor: the adapters, bootstrap, which makes their clients, and the server of the container.
MAY_KNOW_A_VENDOR = ("adapters/", "bootstrap/", "entrypoints/fc_server.py")


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def attributes(path: Path) -> Iterator[ast.Attribute]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def inside(path: Path) -> str:
    """Return the path within the library, or within the repository."""
    return str(path.relative_to(LIBRARY if path.is_relative_to(LIBRARY) else ROOT))


def room(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def vendor_free() -> list[Path]:
    return [path for path in modules(LIBRARY) if not inside(path).startswith(MAY_KNOW_A_VENDOR)]


def test_rooms_import_only_rooms_below_them() -> None:
    offenders = []
    for path in modules(LIBRARY):
        if room(path) == "__init__":
            continue
        for imported in imports(path):
            package, _, rest = imported.partition(".")
            target = rest.partition(".")[0]
            if package != "imagesearch_ingest" or target in ("", "__version__", room(path)):
                continue
            if FLOOR_OF[target] >= FLOOR_OF[room(path)]:
                offenders.append(f"{inside(path)} imports {target}")
    assert offenders == []


def test_every_room_has_a_floor() -> None:
    assert {room(path) for path in modules(LIBRARY)} - {"__init__"} == set(FLOOR_OF)


def test_only_adapters_and_bootstrap_know_a_vendor() -> None:
    offenders = [
        f"{inside(path)} imports {imported}"
        for path in vendor_free()
        for imported in imports(path)
        if imported.partition(".")[0] in SDKS
    ]
    assert offenders == []


def test_deployed_code_never_imports_the_tools() -> None:
    offenders = [
        f"{inside(path)} imports {imported}"
        for path in [*modules(LIBRARY), *modules(ROOT / "functions")]
        for imported in imports(path)
        if imported.partition(".")[0] in TOOLS
    ]
    assert offenders == []


def test_the_library_never_reads_the_environment() -> None:
    """The handler passes it in, so no import can depend on it and every test can choose it."""
    offenders = [
        f"{inside(path)}:{node.lineno}"
        for path in modules(LIBRARY)
        for node in attributes(path)
        if node.attr in {"environ", "getenv"}
    ]
    assert offenders == []


def test_only_adapters_and_bootstrap_have_a_clock() -> None:
    """Clock and sleep are passed in, so tests run on a virtual clock."""
    offenders = [
        f"{inside(path)} imports {imported}"
        for path in vendor_free()
        for imported in imports(path)
        if imported.partition(".")[0] in {"time", "asyncio"}
    ]
    offenders += [
        f"{inside(path)}:{node.lineno}"
        for path in vendor_free()
        for node in attributes(path)
        if isinstance(node.value, ast.Name) and node.value.id == "datetime" and node.attr in {"now", "utcnow", "today"}
    ]
    assert offenders == []


def decisions(path: Path) -> Iterator[ast.expr]:
    """Yield the operands of comparisons, the cases of a match and the keys of dictionaries."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.MatchValue):
            yield node.value
        elif isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key)


def test_a_format_is_decided_in_its_folder_alone() -> None:
    """Everywhere else, a question about a format is a column of its row."""
    offenders = [
        f"{inside(path)}:{part.lineno} {part.value}"
        for path in modules(LIBRARY)
        if not path.is_relative_to(FORMAT_FOLDERS)
        for operand in decisions(path)
        for part in ast.walk(operand)
        if isinstance(part, ast.Constant) and part.value in FORMAT_NAMES
    ]
    assert offenders == []


def test_a_format_imports_no_other_format() -> None:
    folders = {path.parent.name for path in FORMAT_FOLDERS.glob("*/__init__.py")}
    package = "imagesearch_ingest.images.formats."
    offenders = [
        f"{inside(path)} imports {imported}"
        for folder in folders
        for path in modules(FORMAT_FOLDERS / folder)
        for imported in imports(path)
        if imported.startswith(package) and imported.removeprefix(package).partition(".")[0] in folders - {folder}
    ]
    assert offenders == []


def test_every_format_is_in_the_list() -> None:
    listed = {imported.split(".")[3] for imported in imports(FORMAT_FOLDERS / "__init__.py")}
    assert {path.parent.name for path in FORMAT_FOLDERS.glob("*/__init__.py")} - listed == set()


def test_nothing_is_called_utils() -> None:
    assert list(ROOT.glob("[!.]*/**/util*.py")) == []


def test_unit_tests_mirror_the_library() -> None:
    """A test module is named after the module that it tests: test_prepare_hostile tests prepare."""
    offenders = []
    for test in (ROOT / "tests/unit").rglob("test_*.py"):
        folder = LIBRARY / test.relative_to(ROOT / "tests/unit").parent
        if not any(test.stem.startswith(f"test_{path.stem}") for path in folder.iterdir()):
            offenders.append(inside(test))
    assert offenders == []


def test_handlers_are_thin() -> None:
    offenders = [
        inside(path) for path in modules(ROOT / "functions") if len(path.read_text(encoding="utf-8").splitlines()) > 25
    ]
    assert offenders == []
