"""The rules of design section 4 that a machine can see."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from imagesearch_ingest.images.formats import FORMATS

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "layers/ingest/python/imagesearch_ingest"
SDKS = {"alibabacloud_imagesearch20201214", "alibabacloud_tea_openapi", "aws_lambda_powertools", "boto3", "botocore"}
SDKS |= {"Tea", "alibabacloud_oss_v2", "mns", "waitress", "darabonba", "requests", "urllib3"}
FORMAT_FOLDERS = LIBRARY / "images/formats"
FORMAT_NAMES = {"HEIF", "MPO", *(name for row in FORMATS for name in (row.name, row.title))}
TOOLS = {"imagesearch_ops", "local_cloud", "release"}
LOCAL_CLOUD = ROOT / "tools/local_cloud"
# The stand-ins of the local cloud, and the modules that each has, lowest first. A module may import those below it.
STAND_INS = {"eventbridge", "image_search", "oss", "smq"}
STAND_IN_MODULES = ("errors", "models", "rendering", "operations", "responses", "fault_player", "service")
# Which rooms of the library may import which others, lowest floor first. A room may import any room below its own
# floor, and none of its own floor or above. "(top)" are the modules beside the rooms.
FLOORS = (
    {"model"},
    {"redaction", "pacing", "attributes"},
    {"events", "identity", "images", "credentials", "settings_faults", "settings_values"},
    {"image_search", "settings_conflicts", "cached_credentials"},
    {"reconcile", "dead_letters", "settings", "watch"},
    {"batch"},
    {"entrypoints"},
    {"adapters"},
    {"bootstrap"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
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
    """The audit on a schedule is a tool that is deployed, without the local cloud (ADR 58)."""
    audit = ROOT / "functions/audit"
    offenders = [
        f"{inside(path)} imports {imported}"
        for path in [*modules(LIBRARY), *modules(ROOT / "functions")]
        for imported in imports(path)
        if imported.partition(".")[0] in (TOOLS - {"imagesearch_ops"} if path.is_relative_to(audit) else TOOLS)
    ]
    assert offenders == []


def imported_parts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield room and module of what a module of the local cloud imports from it."""
    for imported in imports(path):
        package, room_name, module, *_ = [*imported.split("."), "", ""]
        if package == "local_cloud":
            yield room_name, module


def test_stand_ins_know_only_themselves_and_the_server() -> None:
    offenders = [
        f"{inside(path)} imports {imported}"
        for own in [*STAND_INS, "server"]
        for path in modules(LOCAL_CLOUD / own)
        for imported, _ in imported_parts(path)
        if imported not in {own, "server"}
    ]
    assert offenders == []


def test_stand_ins_have_the_same_modules_in_order() -> None:
    offenders = []
    for own in STAND_INS:
        for floor, name in enumerate(STAND_IN_MODULES):
            above = set(STAND_IN_MODULES[floor + 1 :])
            for imported_room, module in imported_parts(LOCAL_CLOUD / own / f"{name}.py"):
                if (imported_room == own and module in above) or (name == "models" and imported_room == "server"):
                    offenders.append(f"{own}/{name}.py imports {imported_room}.{module}")
    assert offenders == []


def dotted_name(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def test_the_tools_have_no_import_cycle() -> None:
    """Imports under TYPE_CHECKING and inside functions count too."""
    sources = {
        dotted_name(path, ROOT / "tools"): path for path in [*modules(LOCAL_CLOUD), *modules(ROOT / "tools/release")]
    }
    operator = ROOT / "tools/operator"
    sources |= {dotted_name(path, operator): path for path in modules(operator)}
    graph = {
        name: {one if one in sources else one.rpartition(".")[0] for one in imports(path)} & sources.keys()
        for name, path in sources.items()
    }
    cycle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = error.args[1]
    assert cycle == []


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


def test_only_the_table_of_reasons_holds_sets_of_them() -> None:
    """A property of a reason or a class is a column in model/reasons.py, not a set beside the code that asks for it."""
    offenders = [
        f"{inside(path)}:{node.lineno}"
        for path in modules(LIBRARY)
        if inside(path) != "model/reasons.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Set | ast.Tuple | ast.List)
        and sum(is_member_of("Reason", one) or is_member_of("FaultClass", one) for one in node.elts) > 1
    ]
    assert offenders == []


def is_member_of(enum: str, node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum


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
