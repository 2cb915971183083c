"""The modules that the child loads, and the processor time of its start."""

import resource
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO

import pytest

from imagesearch_ingest.adapters.subprocess import program
from imagesearch_ingest.adapters.subprocess.child_process import PROGRAM, ChildProcess
from imagesearch_ingest.adapters.subprocess.frames import read_frame, write_frame
from imagesearch_ingest.images import prepare

LIST_MODULES = PROGRAM + "print(*sys.modules, file=sys.stderr)"
IMPORT_PILLOW = "import sys; sys.path[:] = sys.argv[1:]; import PIL.Image"
# Packages that cost milliseconds and that no image needs.
HEAVY = {"asyncio", "concurrent", "email", "http", "socket", "ssl", "unittest", "xml"}
# The libraries of images, and what they load. pi_heif is an extra.
LIBRARIES = {"PIL", "pyvips", "_libvips", "_cffi_backend", "pi_heif", "_pi_heif"}


def run_isolated(program: str, *arguments: str) -> str:
    """Run a program as the child is run, without any request, and return what it wrote to standard error."""
    command = [sys.executable, "-I", "-S", "-c", program, *arguments, *sys.path]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return done.stderr


def processor_seconds(run: Callable[[], object]) -> float:
    """Return the user and system time of the processes that ``run`` started and waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_a_child() -> None:
    with ChildProcess() as child:
        child.start()


def test_the_child_loads_libraries_of_images_and_nothing_else() -> None:
    modules = run_isolated(LIST_MODULES, str(1 << 30)).split()
    packages = {name.partition(".")[0] for name in modules}
    assert packages - sys.stdlib_module_names - {"__main__"} <= {"imagesearch_ingest"} | LIBRARIES
    rooms = {name.split(".")[1] for name in modules if name.startswith("imagesearch_ingest.")}
    assert rooms == {"adapters", "images", "model"}
    assert packages & HEAVY == set()


@pytest.mark.parametrize("policy", [None, {}, {"quality": "good"}])
def test_unreadable_policy_is_not_the_images_fault(policy: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_limit_processor", lambda _: None)  # the limit would stay with this process
    requests, responses = BytesIO(), BytesIO()
    write_frame(requests, {"policy": policy, "seconds": 20}, b"image")
    requests.seek(0)
    program.serve(requests, responses, prepare)
    responses.seek(0)
    response = read_frame(responses, 1000)
    assert response is not None
    assert response.header["reason"] == "INTERNAL_ERROR"
    assert "Policy" in response.header["detail"]


def test_a_start_costs_at_most_six_pillow_imports() -> None:
    """On a quiet machine the import takes 32 ms of processor time, and a start 125 ms with all that images may need.

    Both are measured in turn, and the least of each counts: neighbours can only add to it.
    """
    starts, imports = [], []
    for _ in range(5):
        starts.append(processor_seconds(start_a_child))
        imports.append(processor_seconds(lambda: run_isolated(IMPORT_PILLOW)))
    assert min(starts) < 6 * min(imports)
