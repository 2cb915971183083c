"""Real children, which are killed, stopped and made to send nonsense."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest

from imagesearch_ingest.adapters.subprocess.child_process import PROGRAM, ChildProcess
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.support.pictures import encode, jpeg, scene

GOOD = jpeg()
POLICY = Policy()
AMPLE = 60.0
# Like the real program, but "prepare" misbehaves for data that begins with one of these words.
ODD = """
import os, signal, sys, time
memory_bytes, sys.path[:] = int(sys.argv[1]), sys.argv[2:]
from imagesearch_ingest import images
whole = images.prepare
def prepare(data, policy):
    word = bytes(data[:5])
    if word == b"abort":
        os.abort()
    if word == b"exit7":
        os._exit(7)
    if word == b"sleep":
        time.sleep(30)
    if word == b"burn!":
        while True:
            pass
    if word == b"wreck":
        global served
        served = "wrecked"
        raise ValueError("a planted fault")
    if word == b"print":
        os.write(1, b"libsomething: a warning" * 1000)
        print("and another")
        return whole(data[5:], policy)
    if served == "wrecked":
        os.abort()
    return whole(data, policy)
served = None
images.prepare = prepare
from imagesearch_ingest.adapters.subprocess.program import main
main(memory_bytes)
"""
HELLO = r"sys.stdout.buffer.write(b'\0\0\0\x0f\0\0\0\0{\"ready\": true}'); sys.stdout.flush();"


def expect_error(child: ChildProcess, data: bytes, seconds: float = AMPLE) -> IngestError:
    with pytest.raises(IngestError) as error:
        child.prepare(data, POLICY, seconds)
    return error.value


def processes() -> set[int]:
    """Return the process IDs of the children that are running."""
    return {
        pid for path in Path("/proc").glob("[0-9]*") if _is_child(pid := int(path.name)) and _parent(pid) == os.getpid()
    }


def _is_child(pid: int) -> bool:
    with suppress(OSError):
        return b"subprocess.program" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _parent(pid: int) -> int | None:
    """Return the parent, also of a process that has died and was not waited for."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    with ChildProcess() as child:
        yield child
    assert not processes()


@pytest.fixture
def odd() -> Iterator[ChildProcess]:
    with ChildProcess(program=ODD) as child:
        yield child
    assert not processes()


@pytest.fixture
def running() -> Iterator[Callable[..., ChildProcess]]:
    """Return a function that makes children of any program."""
    made = []

    def run(program: str, **options: object) -> ChildProcess:
        made.append(ChildProcess(program=f"import sys, time, os; {program}", **options))
        return made[-1]

    yield run
    for child in made:
        child.close()


def test_one_child_prepares_images_as_this_process_does(child: ChildProcess) -> None:
    assert not processes()
    pictures = [GOOD, encode(scene(), "PNG"), jpeg(5000, 4000)]
    assert [child.prepare(data, POLICY, AMPLE) for data in pictures[:1]] == [prepare(pictures[0], POLICY)]
    first = processes()
    for data in pictures:
        assert child.prepare(data, POLICY, AMPLE) == prepare(data, POLICY)
    assert processes() == first
    assert len(first) == 1


def test_the_policy_reaches_the_child(child: ChildProcess) -> None:
    assert child.prepare(GOOD, Policy(max_side=160), AMPLE).width == 160


@pytest.mark.parametrize("data", [b"", b"only text", GOOD[: len(GOOD) // 2], encode(scene(50, 50))])
def test_an_error_is_that_of_prepare(child: ChildProcess, data: bytes) -> None:
    with pytest.raises(IngestError) as error:
        prepare(data, POLICY)
    refusal = expect_error(child, data)
    assert (refusal.reason, refusal.detail) == (error.value.reason, error.value.detail)
    assert len(processes()) == 1


@pytest.mark.parametrize(("word", "how"), [(b"abort", "SIGABRT"), (b"exit7", "exit code 7")])
def test_a_death_is_blamed_on_its_image_alone(odd: ChildProcess, word: bytes, how: str) -> None:
    odd.prepare(GOOD, POLICY, AMPLE)
    before = processes()
    for _ in range(2):
        crash = expect_error(odd, word)
        assert crash.reason is Reason.WORKER_CRASH
        assert how in crash.detail
        assert odd.prepare(GOOD, POLICY, AMPLE) == prepare(GOOD, POLICY)
    assert not before & processes()


def test_a_kill_from_outside_is_a_crash(odd: ChildProcess) -> None:
    odd.start()
    (pid,) = processes()
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    crash = expect_error(odd, b"sleep")
    assert (crash.reason, "SIGKILL" in crash.detail) == (Reason.WORKER_CRASH, True)


@pytest.mark.parametrize("served", [0, 1])
def test_the_death_of_an_idle_child_is_not_noticed(child: ChildProcess, served: int) -> None:
    child.start()
    for _ in range(served):
        child.prepare(GOOD, POLICY, AMPLE)
    (pid,) = processes()
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    assert child.prepare(GOOD, POLICY, AMPLE) == prepare(GOOD, POLICY)


def test_the_next_image_is_not_blamed(odd: ChildProcess) -> None:
    expect_error(odd, b"wreck")
    assert odd.prepare(GOOD, POLICY, AMPLE) == prepare(GOOD, POLICY)


def test_a_fault_in_our_code_is_an_internal_error(odd: ChildProcess) -> None:
    fault = expect_error(odd, b"wreck")
    assert (fault.reason, fault.detail) == (Reason.INTERNAL_ERROR, "ValueError: a planted fault")


def test_printing_does_not_disturb_the_answers(odd: ChildProcess) -> None:
    assert odd.prepare(b"print" + GOOD, POLICY, AMPLE) == prepare(GOOD, POLICY)


@pytest.mark.parametrize("word", [b"sleep", b"burn!"])
def test_a_timeout_is_a_crash(word: bytes) -> None:
    with ChildProcess(program=ODD, allowance_seconds=1.0) as child:
        begun = time.monotonic()
        late = expect_error(child, word)
        assert late.reason is Reason.WORKER_CRASH
        assert "after 1 s" in late.detail
        assert time.monotonic() - begun < 5
        assert child.prepare(GOOD, POLICY, AMPLE)


def test_less_time_than_the_allowance_blames_no_image(odd: ChildProcess) -> None:
    odd.start()
    assert expect_error(odd, b"sleep", 0.3).reason is Reason.NOT_BEGUN
    assert expect_error(odd, GOOD, 0.0).reason is Reason.NOT_BEGUN
    assert odd.prepare(GOOD, POLICY, AMPLE)


def test_a_child_out_of_memory_is_replaced() -> None:
    large = encode(scene(6000, 6000).quantize(16), "GIF")
    with ChildProcess(memory_bytes=128 << 20) as child:
        child.prepare(GOOD, POLICY, AMPLE)
        spent = expect_error(child, large)
        assert spent.reason is Reason.TOO_MANY_PIXELS
        assert "memory" in spent.detail
        assert not processes()
        assert child.prepare(GOOD, POLICY, AMPLE)


@pytest.mark.parametrize(
    "answer",
    [
        r"os.write(1, b'rubbish' * 10000); time.sleep(30)",
        r"os.write(1, b'\0\0\0\x02\0\0\0\0{}'); time.sleep(30)",
        r"os.write(1, b'\0\0\0\x10\0\0')",
        r"os.write(1, b'\0\0\0\x21\0\0\0\0{\"reason\": \"x\", \"detail\": \"none\"}'); time.sleep(30)",
        r"os.write(1, b'\0\0\0\x10\0\0\0\0{\"prepared\": {}}'); time.sleep(30)",
    ],
    ids=["rubbish", "says nothing", "half an answer", "no such reason", "not an image"],
)
def test_an_unreadable_answer_is_a_crash(running, answer: str) -> None:
    child = running(f"{HELLO} sys.stdin.buffer.read(8); {answer}")
    assert expect_error(child, GOOD).reason is Reason.WORKER_CRASH


@pytest.mark.parametrize("reason", ["CREDENTIALS", "BUCKET_MISSING", "THROTTLED", "FOLDER_MARKER"])
def test_no_picture_may_speak_of_a_service(running, reason: str) -> None:
    """A systemic reason would stop all other pictures, and one that skips would lose this one without a word."""
    assert expect_error(running(refusal(reason, "forged")), GOOD).reason is Reason.WORKER_CRASH


def test_no_picture_may_fill_the_log(running) -> None:
    """Half of a surrogate pair cannot be written to a log or to a queue."""
    error = expect_error(running(refusal("CORRUPT_IMAGE", "\ud800" * 10_000)), GOOD)
    assert (error.reason, error.detail) == (Reason.CORRUPT_IMAGE, "?" * 2_000)


def refusal(reason: str, detail: str) -> str:
    """Return a program that refuses a picture."""
    head = json.dumps({"reason": reason, "detail": detail, "out_of_memory": False})
    answer = f"sys.stdout.buffer.write(({len(head)}).to_bytes(4, 'big') + bytes(4) + {head.encode()!r})"
    return f"{HELLO} sys.stdin.buffer.read(8); {answer}; sys.stdout.flush(); time.sleep(30)"


def test_silence_after_half_an_answer_is_a_crash(running) -> None:
    child = running(f"{HELLO} os.write(1, b'\\0\\0'); time.sleep(30)", allowance_seconds=1.0)
    assert expect_error(child, GOOD).reason is Reason.WORKER_CRASH


@pytest.mark.parametrize("end", ["sys.exit(3)", "os.close(0); time.sleep(30)", "time.sleep(30)"])
def test_a_child_that_does_not_read_blocks_nobody(running, end: str) -> None:
    """The request is longer than a pipe's buffer."""
    child = running(f"{HELLO} {end}", allowance_seconds=1.5)
    assert expect_error(child, bytes(20_000_000)).reason is Reason.WORKER_CRASH


@pytest.mark.parametrize("program", ["sys.exit(1)", "print('hello')", "time.sleep(30)"])
def test_a_failed_start_is_an_internal_error(running, program: str) -> None:
    child = running(program, start_seconds=0.5)
    fault = expect_error(child, GOOD)
    assert fault.reason is Reason.INTERNAL_ERROR
    assert "did not start" in fault.detail


def test_too_little_time_to_start_blames_nobody(running) -> None:
    assert expect_error(running("time.sleep(30)"), GOOD, 0.3).reason is Reason.NOT_BEGUN


def test_a_missing_interpreter_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with ChildProcess() as child:
        assert expect_error(child, GOOD).reason is Reason.INTERNAL_ERROR


@pytest.mark.slow
def test_deaths_leave_nothing_behind() -> None:
    before, seen = descriptors(), set()
    child = ChildProcess(program=ODD)
    for _ in range(5):
        expect_error(child, b"abort")
        child.prepare(GOOD, POLICY, AMPLE)
        seen |= processes()
        expect_error(child, b"sleep", 0.1)
        assert not any(_parent(pid) == os.getpid() for pid in seen)
    assert len(seen) == 5
    child.close()
    assert descriptors() <= before  # garbage of other tests may be collected meanwhile


def test_a_forgotten_child_is_ended() -> None:
    """A function never closes its worker, but tests make many workers."""
    before, child = descriptors(), ChildProcess()
    child.start()
    assert processes()
    del child
    gc.collect()
    assert not processes()
    assert descriptors() <= before  # garbage of other tests may be collected meanwhile


def test_closing_interrupts_and_prevents_further_work() -> None:
    child = ChildProcess(program=ODD)
    child.start()
    closing = threading.Timer(0.3, child.close)
    closing.start()
    begun = time.monotonic()
    assert expect_error(child, b"sleep").reason is Reason.NOT_BEGUN
    assert time.monotonic() - begun < 5
    closing.join()
    assert expect_error(child, GOOD).reason is Reason.NOT_BEGUN
    assert not processes()


def test_threads_take_turns(child: ChildProcess) -> None:
    pictures = [jpeg(300 + n, 200) for n in range(8)]
    results = {}
    threads = [
        threading.Thread(target=lambda n=n: results.update({n: child.prepare(pictures[n], POLICY, AMPLE)}))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[n].width for n in range(8)] == [300 + n for n in range(8)]
    assert len(processes()) == 1


def test_the_child_has_limits_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with ChildProcess({"AWS_SECRET_ACCESS_KEY": "secret", "LD_LIBRARY_PATH": "/var/lang/lib"}) as child:
        child.prepare(GOOD, POLICY, AMPLE)
        (pid,) = processes()
        environ = Path(f"/proc/{pid}/environ").read_bytes()
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    assert environ.split(b"\0")[0] == b"LD_LIBRARY_PATH=/var/lang/lib"
    assert b"secret" not in environ
    assert [line.split()[-3:-1] for line in limits if line.startswith("Max core")] == [["0", "0"]]
    assert [line.split()[-3:-1] for line in limits if line.startswith("Max address")] == [[str(1 << 30)] * 2]


def test_the_child_finds_modules_where_we_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "layered.py").write_text("here = True")
    monkeypatch.syspath_prepend(tmp_path)
    program = PROGRAM.replace("from imagesearch", "import layered\nfrom imagesearch")
    with ChildProcess(program=program) as child:
        assert child.prepare(GOOD, POLICY, AMPLE)


def test_missing_extra_is_named_although_no_file_can_be_opened() -> None:
    """An extra is missing in the layers unless it was asked for."""
    buffer = BytesIO()
    pillow_heif.from_pillow(scene()).save(buffer)
    with ChildProcess(program=f"import sys; sys.modules['pi_heif'] = None; {PROGRAM.lstrip()}") as child:
        for _ in range(2):
            assert expect_error(child, buffer.getvalue()).reason is Reason.HEIC_NOT_INSTALLED


ORPHAN = """
import os, signal, sys, threading
program, sys.path[:] = sys.argv[1], sys.argv[2:]
from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy
child = ChildProcess(program=program)
child.start()
print(child._child._process.pid, flush=True)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
child.prepare(sys.stdin.buffer.read(), Policy(), 1)
threading.Event().wait()
"""


@pytest.mark.parametrize("data", [GOOD, b"burn!"], ids=["idle", "at work"])
def test_a_child_ends_with_its_parent(data: bytes) -> None:
    """A killed parent cannot end its child: the closed pipe does, or the limit of processor time."""
    command = [sys.executable, "-c", ORPHAN, ODD, *sys.path]
    done = subprocess.run(command, input=data, capture_output=True, check=False)  # noqa: S603 - our own program
    assert done.returncode == -signal.SIGKILL
    end = time.monotonic() + 30
    while _is_child(int(done.stdout)):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_picture_does_not_wait_for_a_start_that_hangs(running: Callable[..., ChildProcess]) -> None:
    child = running("print(sys.stdin.read())", start_seconds=5.0)

    def start() -> None:
        with suppress(IngestError):
            child.start()

    starting = threading.Thread(target=start)
    starting.start()
    while not child._asking.locked():  # noqa: SLF001 - the start has begun
        time.sleep(0.01)
    begun = time.monotonic()
    assert expect_error(child, GOOD, 0.2).reason is Reason.NOT_BEGUN
    assert time.monotonic() - begun < 4
    child.close()
    starting.join()
