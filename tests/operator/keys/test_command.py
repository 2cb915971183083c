"""``keys test`` as a person runs it."""

import json
import random
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, Finished, clean_environ

KEYS = "shop/1234/sku-1.jpg\nshop/5678/sku-2.jpg\nshop/5678/sku-3.jpg\nother.gif\n.DS_Store\n"
LONG = f"shop/1/{'x' * 300}.jpg"


@pytest.fixture
def keys_test(tmp_path: Path) -> Callable[..., Finished]:
    """Return a function that runs the command on a list, given as text or bytes."""

    def run(content: str | bytes, *arguments: str, **environ: str) -> Finished:
        (tmp_path / "keys.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
        command = [COMMAND, "keys", "test", *arguments, "keys.txt"]
        done = subprocess.run(command, cwd=tmp_path, env=clean_environ(**environ), capture_output=True, check=False)  # noqa: S603
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def test_each_key_has_a_line_and_the_summary_is_last(keys_test) -> None:
    done = keys_test(KEYS + LONG, "--template", "shop/{product_id}/{*}", "--json")
    assert done.code == 3
    lines = done.lines
    assert lines[0] == {
        "key": "shop/1234/sku-1.jpg",
        "product_id": "1234",
        "pic_name": "shop/1234/sku-1.jpg",
        "attributes": {},
        "reason": None,
    }
    assert [line["reason"] for line in lines[1:]] == [None, None, "key_not_matched", "never_a_picture", "key_too_long"]
    summary = done.summary
    counts = {name: summary[name] for name in ("keys", "matched", "excluded", "unmatched", "too_long", "collisions")}
    assert counts == {"keys": 6, "matched": 3, "excluded": 1, "unmatched": 1, "too_long": 1, "collisions": 0}
    assert summary["reversible"] is True
    assert summary["suggested"] == "shop/{product_id}/{pic_name}"
    assert summary["shapes"][0] == {
        "shape": "shop/9999/sku-9.jpg",
        "count": 3,
        "examples": ["shop/1234/sku-1.jpg", "shop/5678/sku-2.jpg", "shop/5678/sku-3.jpg"],
    }
    assert sum(shape["count"] for shape in summary["shapes"]) == 6
    assert (summary["v"], summary["exit"], summary["error"]["reason"]) == (1, 3, "rejected")


def test_a_person_sees_shapes_faults_and_what_to_try(keys_test) -> None:
    done = keys_test(KEYS, "--template", "{product_id}.gif", "--exclude", "*.png")
    assert done.stderr == "rule: {product_id}.gif\n3 of 5 keys would be rejected.\n"
    shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert shown == [
        "shape keys matched skipped refused for example",
        "shop/9999/sku-9.jpg 3 0 0 3 shop/1234/sku-1.jpg",
        ".DS_Store 1 0 1 0 .DS_Store",
        "other.gif 1 1 0 0 other.gif",
        "",
        "No two keys share an entry: under this rule, the IDs tell the key.",
        "",
        "unmatched: 3, such as",
        "shop/1234/sku-1.jpg",
        "shop/5678/sku-2.jpg",
        "shop/5678/sku-3.jpg",
        "(the key does not match the template '{product_id}.gif')",
        "",
        "This template fits most of the keys. Try it:",
        "imagesearch-ingest keys test --template 'shop/{product_id}/{pic_name}' --exclude '*.png' keys.txt",
        "",
        "5 keys, 1 matched, 1 excluded, 3 unmatched",
    ]


def test_the_suggested_command_can_be_copied(keys_test, tmp_path: Path) -> None:
    keys = "".join(f"Bob's {{new}} shoes/{number}/a.jpg\n" for number in range(1000, 1100))
    command = keys_test(keys, "--template", "{product_id}.gif").stdout.splitlines()[-3].strip()
    environ = clean_environ(PATH=f"{Path(COMMAND).parent}:/usr/bin:/bin")
    done = subprocess.run(command, cwd=tmp_path, env=environ, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stdout.splitlines()[-1] == "100 keys, 100 matched"


def test_collisions_are_counted_if_the_rule_cannot_be_reversed(keys_test) -> None:
    keys = "1/a.jpg\n1/a.gif\n1/a.jpg\n1/b.jpg\n2/a.jpg\n"
    done = keys_test(keys, "--template", "{product_id}/{pic_name}.{jpg|gif}", "--json")
    summary = done.summary
    assert (done.code, summary["matched"], summary["collisions"], summary["reversible"]) == (3, 5, 1, False)
    assert summary["collision_examples"] == [["1/a.jpg", "1/a.gif"]]
    shown = keys_test(keys, "--template", "{product_id}/{pic_name}.{jpg|gif}")
    assert "1 of these keys would overwrite the entry of another key.\n  1/a.jpg and 1/a.gif\n" in shown.stdout
    assert "The function refuses this rule" in shown.stderr


def test_composed_and_decomposed_letters_are_two_keys_that_look_alike(keys_test) -> None:
    done = keys_test("é/1.jpg\ne\u0301/1.jpg\né/2.jpg\n")
    assert done.code == 0
    assert (
        "1 look like another key, but consist of other characters, such as\n  '\\xe9/1.jpg' and 'e\\u0301/1.jpg'\n"
        in (done.stdout)
    )
    summary = keys_test("é/1.jpg\ne\u0301/1.jpg\n", "--json").summary
    assert (summary["keys"], summary["look_alikes"]) == (2, 1)


def test_a_line_that_is_not_utf_8_is_marked_and_the_others_go_on(keys_test) -> None:
    done = keys_test(b"a/1.jpg\na\xff\x1b[31m.jpg\na/2.jpg\n")
    assert done.code == 1
    assert "! line 2: not UTF-8: a\\xff\\x1b[31m.jpg\n" in done.stderr
    assert done.stdout.endswith("\n2 keys, 2 matched, 1 unreadable\n")
    done = keys_test(b"a/1.jpg\na\xff.jpg\na/2.jpg\n", "--json")
    lines = done.lines
    assert [line.get("reason") for line in lines] == [None, "unreadable_line", None]
    assert (lines[1]["key"], lines[1]["line"]) == (None, 2)
    assert (done.summary["keys"], done.summary["exit"]) == (2, 1)


@pytest.mark.parametrize(
    ("keys", "arguments", "message"),
    [
        ("", [], "There are no keys in the list."),
        ("\n\r\n", [], "There are no keys in the list."),
        ("a.jpg\nb.jpg\n", ["--include", "*.png"], "Every key is excluded. Nothing would be added."),
    ],
)
def test_nothing_to_add_is_said(keys_test, keys: str, arguments: list[str], message: str) -> None:
    done = keys_test(keys, *arguments)
    assert (done.code, done.stderr.splitlines()[-1]) == (3, message)
    assert "No two keys" not in done.stdout or keys.strip()


def test_an_interrupted_run_tells_what_it_has_read() -> None:
    command = [COMMAND, "keys", "test", "--json", "-"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=clean_environ(), **pipes) as process:  # noqa: S603 - our own command
        process.stdin.write(b"a/1.jpg\n" * 200)
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    summary = json.loads(out.splitlines()[-1])["summary"]
    assert (process.returncode, summary["error"]["reason"]) == (130, "interrupted")
    assert 0 < summary["matched"] == summary["keys"] <= 200


def test_a_long_list_is_not_read_in_silence(keys_test) -> None:
    done = keys_test("a/1.jpg\n" * 3000, "--json", "--stats", "0.000001")
    assert "reading: 1000, " in done.stderr
    assert done.stderr.splitlines()[-1].startswith("reading: 3000, ")
    assert "reading" not in keys_test("a/1.jpg\n" * 3000, "--json", "--stats", "0").stderr


def test_one_unreadable_line_is_one_line(keys_test) -> None:
    assert keys_test(b"\xff\na.jpg\n").stderr.endswith("\n1 line could not be read: see '!' above.\n")


def test_many_unreadable_lines_are_told_once_each_up_to_a_hundred(keys_test) -> None:
    done = keys_test(b"\xff\n" * 3000 + b"a.jpg\n")
    assert done.code == 1
    assert len(done.stderr.splitlines()) == 102
    assert done.stderr.endswith("3000 lines could not be read: see '!' above.\n")


def test_several_patterns_are_joined(keys_test) -> None:
    done = keys_test("a.jpg\nb.png\nc.gif\n", "--include", "*.jpg", "--include", "*.png,*.bmp", "--json")
    assert [line["reason"] for line in done.lines] == [None, None, "excluded"]


def test_a_wrong_rule_ends_in_one_line_and_a_summary(keys_test) -> None:
    done = keys_test(KEYS, "--template", "{sku}", "--json")
    assert (done.code, done.lines) == (2, [])
    assert done.summary["error"]["reason"] == "usage"
    (line,) = done.stderr.splitlines()
    assert line.startswith("imagesearch-ingest: --template: 'sku' is not a field")


def test_hostile_keys_are_escaped_in_every_place(keys_test) -> None:
    hostile = "\x1b]0;x\x07\u202e"
    done = keys_test(f"{hostile}/1.jpg\n{hostile}e\u0301.jpg\n{hostile}é.jpg\n{'x' * 300}{hostile}\n")
    assert done.code == 3
    assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\u202e"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        [],
        ["--regex", r"shop/(?P<product_id>\d+)/.*"],
        ["--template", "shop/{product_id}/{str_attr}-{_}.{jpg|png}"],
        ["--template", "shop/{product_id}/{pic_name}-{_}.jpg"],
    ],
)
def test_a_million_keys_take_little_time_and_memory(tmp_path: Path, rule: list[str]) -> None:
    """The limit is 60 s and 150 MB. The CPU time is measured, since other programs may run beside this one."""
    dice = random.Random(1)
    with (tmp_path / "keys.txt").open("w", encoding="ascii") as file:
        file.writelines(f"shop/{dice.randrange(10**6)}/sku-{dice.randrange(10**6)}.jpg\n" for _ in range(1_000_000))
    # A small process starts the command: a child's largest memory counts that of its parent, too.
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=False)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program, COMMAND, "keys", "test", *rule, "--json", str(tmp_path / "keys.txt")]
    with (tmp_path / "out.jsonl").open("wb") as out:
        environ = clean_environ(TMPDIR=str(tmp_path))
        done = subprocess.run(command, env=environ, stdout=out, stderr=subprocess.PIPE, text=True, check=True)  # noqa: S603
    seconds, kilobytes = done.stderr.splitlines()[-1].split()
    assert float(seconds) < 60
    assert int(kilobytes) < 150_000
    with (tmp_path / "out.jsonl").open(encoding="ascii") as lines:
        (last,) = deque(lines, maxlen=1)
    assert json.loads(last)["summary"]["matched"] == 1_000_000
