"""The help of each command fits a terminal, and its example runs."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from imagesearch_ops.cli import app
from tests.e2e.conftest import COMMAND, clean_environ, untraced
from tests.support.shop import Shop, fill_folder, open_shop


def list_commands(group: typer.Typer, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command."""
    for one in group.registered_commands:
        yield (*words, one.name or one.callback.__name__)
    for one in group.registered_groups:
        yield from list_commands(one.typer_instance, (*words, one.name) if one.name else words)


COMMANDS = [pytest.param(words, id=" ".join(words)) for words in list_commands(app)]


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, *words]
    environ = untraced(clean_environ(**environ))  # one of the tests measures the time
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603


def run_python(program: str, stdin: str = "") -> str:
    """Return what a program prints in a process of its own."""
    command = [sys.executable, "-c", program]
    environ = clean_environ(COLUMNS="80")
    done = subprocess.run(command, env=environ, input=stdin, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


@pytest.fixture(scope="module")
def helps() -> dict[tuple[str, ...], str]:
    """Return the help of each command, and of the program, as an 80-column terminal shows it."""
    program = (
        "import sys; from typer.main import get_command; from imagesearch_ops.cli import app\n"
        "import json, io, contextlib\n"
        "for words in json.load(sys.stdin):\n"
        "    out = io.StringIO()\n"
        "    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
        "        get_command(app)([*words, '--help'], prog_name='imagesearch-ingest')\n"
        "    print(json.dumps(out.getvalue()))\n"
    )
    words = [[], *map(list, list_commands(app))]
    environ = clean_environ(COLUMNS="80")
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env=environ,
        input=json.dumps(words),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(map(tuple, words), map(json.loads, done.stdout.splitlines()), strict=True))


def read_example(text: str) -> str:
    found = re.search(r"\n  Example:\n    (imagesearch-ingest .+)\n\Z", text)
    assert found, f"the help ends without an example:\n{text}"
    return found[1]


@pytest.mark.parametrize("words", [pytest.param((), id="program"), *COMMANDS])
def test_help_has_eighty_columns(helps: dict[tuple[str, ...], str], words: tuple[str, ...]) -> None:
    assert [line for line in helps[words].splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("words", COMMANDS)
def test_help_says_what_the_command_does_and_gives_an_example(helps: dict, words: tuple[str, ...]) -> None:
    usage, empty, summary, *_ = helps[words].splitlines()
    assert usage.startswith(f"Usage: imagesearch-ingest {' '.join(words)} [OPTIONS]")
    assert (empty, summary[:2]) == ("", "  ")
    assert read_example(helps[words]).startswith(f"imagesearch-ingest {' '.join(words)}")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_the_example_runs(helps: dict, shop: Shop, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Exit codes: 0 all settled, 3 some are not, 4 the index differs."""
    folder = tmp_path / "work"
    folder.mkdir()
    fill_folder(folder, shop.environ)
    example = read_example(helps[words])
    if words == ("emulator",):  # it runs until it is stopped
        example = f"({example} & until grep -q proxy started; do sleep 0.2; done; kill -TERM $!; wait $!) > started"
    *_, code = shop.run([f"{example}; echo $?"], folder)[0].splitlines()
    assert code in ("0", "3", "4")


def test_the_first_lines_of_help_are_about_the_program(helps: dict) -> None:
    options = helps[()].partition("Options:\n")[2].partition("\nCommands:\n")[0]
    assert re.findall(r"--[\w-]+", options) == ["--version", "--help"]
    assert "--install-completion" in helps[()]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("imagesearch-ingest dl", "dlq"), ("imagesearch-ingest keys test --temp", "--template")],
)
def test_the_shell_completes(typed: str, offered: str) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_IMAGESEARCH_INGEST_COMPLETE": "complete_bash"}
    assert run(**asked).stdout.split() == [offered]
    # The program looks for the shell that runs it.
    shell = ["bash", "-c", f"'{COMMAND}' --show-completion; true"]
    shown = subprocess.run(shell, env=clean_environ(), capture_output=True, text=True, check=True)  # noqa: S603
    assert "complete -o default -F" in shown.stdout


def test_help_is_quick() -> None:
    """It takes a quarter of a second of CPU time; a slow import, such as botocore's, takes as much again."""
    before = os.times()
    began = time.monotonic()
    run("--help")
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    assert seconds < 0.5, time.monotonic() - began


def test_help_imports_nothing_slow() -> None:
    imported = run_python("import sys; from imagesearch_ops.cli import app; print(*sys.modules)").split()
    assert "typer" in imported
    slow = {"botocore", "PIL", "jinja2", "pydantic", "requests", "alibabacloud_oss_v2", "local_cloud"}
    assert slow & {*imported} == set()
