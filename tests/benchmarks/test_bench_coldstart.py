"""Tests of the cold-start benchmark: it measures the named times, and counts only completed work."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.coldstart.builds import OURS, PLAIN, ROOT, TUTORIAL, Build, BuildError, interpreter
from benchmarks.coldstart.measure import ANSWERED, IMPORTED, Cell, Table, _turns
from benchmarks.coldstart.memory import Batch
from benchmarks.coldstart.page_cache import drop, share_kept
from benchmarks.coldstart.platforms import Lambda
from benchmarks.coldstart.report import BEGIN, END, failures, markdown, with_tables
from benchmarks.coldstart.start import Started, StartError, start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the runtime client of Lambda is only for Linux")

# A short runtime client that sleeps before it asks for the event, and before it answers.
CLIENT = """
import http.client, os, sys, time
time.sleep(0.2)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
api.request("GET", "/2018-06-01/runtime/invocation/next")
payload = api.getresponse().read()
time.sleep(0.3)
{then}
api.request("POST", "/2018-06-01/runtime/invocation/cold-start/" + sys.argv[1], payload)
api.getresponse().read()
api.request("GET", "/2018-06-01/runtime/invocation/next")
api.getresponse()
"""


def run(how: str, then: str = "", payload: bytes = b'{"is": "it"}') -> Started:
    return start([sys.executable, "-c", CLIENT.format(then=then), how], {}, payload)


def test_times_are_of_import_and_answer() -> None:
    started = run("response")
    assert started.imported_ms >= 200
    assert started.imported_ms + 300 <= started.answered_ms < 10_000
    assert started.peak_mb > 5


def test_memory_is_the_peak() -> None:
    assert run("response", "held = b'x' * 80_000_000; del held").peak_mb > 76


@pytest.mark.parametrize(("how", "then"), [("error", ""), ("response", "sys.exit('gone')")], ids=["failure", "end"])
def test_start_without_answer_is_an_error(how: str, then: str) -> None:
    with pytest.raises(StartError, match="gone" if then else "it"):
        run(how, then)


def test_import_error_is_quoted() -> None:
    with pytest.raises(StartError, match="No module named not_there"):
        start([sys.executable, "-m", "not_there"], {}, b"{}")


def table(title: str = Lambda.name, *, cold: bool = False, **imported: list[float]) -> Table:
    names = {"ours": OURS, "plain": PLAIN, "tutorial": TUTORIAL}
    cells = {names[name]: Cell(80, [Started(ms, 2 * ms, 70) for ms in times]) for name, times in imported.items()}
    return Table(title, cold, cells)


def test_ratio_is_of_medians() -> None:
    measured = table(ours=[100, 200, 300], plain=[400, 400, 1000])
    ratio = measured.ratio(PLAIN, IMPORTED)
    assert ratio.value == 200 / 400
    assert (ratio.low, ratio.high) == (pytest.approx((0.25 + 0.3) / 2), pytest.approx((0.3 + 0.5) / 2))
    assert measured.ratio(PLAIN, ANSWERED) == ratio


def test_each_build_comes_first_equally_often() -> None:
    builds = [Build(name, ()) for name in "abc"]
    order = "".join(build.name for build in _turns(builds, 4))
    assert order == "abcbcacababc"


def test_unmet_requirement_is_reported() -> None:
    good, bad = table(ours=[50] * 3, plain=[100] * 3, tutorial=[90] * 3), table(ours=[60] * 3, plain=[100] * 3)
    bad.cells[TUTORIAL] = Cell(74, [Started(100, 200, 70)] * 3)
    assert failures([good], []) == []
    (failure,) = failures([bad], [])
    assert "0.60 of the same, built plainly, at most 0.5: **does not hold**" in failure
    assert failures([table("elsewhere", ours=[9] * 3, plain=[9] * 3)], []) == []
    assert failures([], [Batch("Lambda", "the largest", 1700, 1769)]) == []
    assert len(failures([], [Batch("Lambda", "the largest", 1769, 1769)])) == 1


def test_page_shows_times_ratios_and_memory() -> None:
    measured = table(cold=True, ours=[50] * 3, plain=[125] * 3, tutorial=[100] * 3)
    page = markdown([measured], [Batch("Lambda", "the largest", 900.4, 1769)], 3, "make it")
    assert "| this project | 80 MB | 50 ms |  | 100 ms |  | 70 MB |" in page
    assert "| the same, built plainly | 80 MB | 125 ms | 0.40 (0.40 to 0.40) | 250 ms | 0.40 (0.40 to 0.40) |" in page
    assert "| Lambda | the largest | 900 MB | 1769 MB |" in page
    assert page.count(": holds\n") == 3


def test_page_keeps_its_prose() -> None:
    document = (ROOT / "docs/cold-start.md").read_text(encoding="utf-8")
    before, after = document.partition(BEGIN)[0], document.partition(END)[2]
    written = with_tables(document, "new")
    assert written == f"{before}{BEGIN}\nnew\n{END}{after}"
    with pytest.raises(ValueError, match="the document lacks the marks"):
        with_tables("no marks", "new")


def test_files_leave_the_page_cache(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(1 << 20))
    kind = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True)  # noqa: S603, S607 - found on PATH
    assert share_kept([file]) == 1.0
    subprocess.run(["sync", file], check=True)  # noqa: S603, S607 - found on PATH
    drop([file])
    if kind.stdout.strip() in {"tmpfs", "overlayfs"}:
        pytest.skip("files in memory cannot leave the page cache")
    assert share_kept([file]) < 0.5


def test_tutorial_makes_clients_at_import() -> None:
    tree = ast.parse((ROOT / "benchmarks/coldstart/tutorial/app.py").read_text(encoding="utf-8"))
    imported = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert {"boto3", "PIL", "alibabacloud_imagesearch20201214.client"} <= imported
    made = [ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    assert {"boto3.client('s3')", "Client(config)"} <= set(made)


def test_failed_makefile_is_quoted() -> None:
    with pytest.raises(BuildError, match=r"python2\.0 is needed"):
        interpreter("2.0")
