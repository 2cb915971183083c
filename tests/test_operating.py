"""Run each console block of docs/operating.md.

A fenced block ``console`` holds commands, and what a person sees of them::

    ```console
    $ imagesearch-ingest keys test keys.txt
    10 keys, ... matched
    ...
    $ echo $?
    0
    ```

- A line that begins with ``$ `` is a command for bash. If it ends in a backslash, it goes on in the next line.
- The other lines are its output, standard error included. All of it is shown, or replaced by ``...``: alone on a line,
  this stands for any number of lines; within a line, for any text. The number of blanks between words does not matter.
- The blocks of a ``## `` section run one after another, in one folder and with the variables of a shell that uses a
  local AWS. There, the sample pictures of ``demo`` have been uploaded to s3://pictures and ingested.
- The folder holds ``pictures/`` (these pictures), ``picture.jpg`` (one of them), ``keys.txt`` (their keys),
  ``shop.env`` (the deployment's settings), ``events/`` and ``event.json`` (one of them). Each section gets a fresh
  folder. All share the cloud: leave it as it was.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ops.cli import app
from tests.support.shop import Shop, fill_folder, is_like, open_shop

PAGE = (Path(__file__).parents[1] / "docs/operating.md").read_text(encoding="utf-8")


def read_sections(page: str) -> dict[str, list[str]]:
    """Return the console blocks of each section, by its title."""
    sections = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)[1:]
    blocks = {
        title: re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        for title, text in zip(sections[::2], sections[1::2], strict=True)
    }
    return {title: found for title, found in blocks.items() if found}


def read_block(block: str) -> list[tuple[str, str]]:
    """Return each command with its output."""
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n", block, flags=re.MULTILINE)
    assert not parts[0].strip(), f"output before the first command: {parts[0]}"
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.mark.parametrize("title", read_sections(PAGE))
def test_each_block_prints_what_the_page_shows(shop: Shop, tmp_path: Path, title: str) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    fill_folder(folder, shop.environ)
    for block in read_sections(PAGE)[title]:
        pairs = read_block(block)
        shown = shop.run([command for command, _ in pairs], folder)
        assert len(shown) == len(pairs), "the shell has ended early"
        for (command, expected), seen in zip(pairs, shown, strict=True):
            assert is_like(expected, seen), f"$ {command}\n{seen}\n--- but the page shows:\n{expected}"


def test_each_group_of_commands_that_only_read_has_a_section_with_blocks() -> None:
    """Its title is the command's name, or the name of its group."""
    sections = read_sections(PAGE)
    rooms = [room for room in app.registered_groups if room.name != "dlq"]
    for room in rooms:
        for command in room.typer_instance.registered_commands:
            name = command.name or command.callback.__name__
            assert {f"{room.name or ''} {name}".strip(), room.name} & sections.keys(), name


def test_a_block_is_read_into_commands_and_outputs() -> None:
    assert read_block("$ one \\\n    two\nout\n\nput\n$ three\n") == [
        ("one \\\n    two", "out\n\nput\n"),
        ("three", ""),
    ]
    page = "# T\n```console\n$ x\n```\n## a b\n```console\n$ 1\n```\nand\n```console\n$ 2\n```\n## c\n```\n$ 3\n```\n"
    assert read_sections(page) == {"a b": ["$ 1\n", "$ 2\n"]}


@pytest.mark.parametrize(
    ("expected", "shown", "same"),
    [
        ("a  b\n", "a b\n", True),
        ("a b\n", "a  c\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("a\n...\nd\n", "a\nc\n", False),
        ("a ... c\n", "a b b c\n", True),
        ("a ... c\n", "a\nc\n", False),
        ("a.b\n", "axb\n", False),
        ("a\n\nb\n", "a\n\nb\n", True),
        ("a\n\nb\n", "a\nb\n", False),
        ("", "", True),
        ("", "a\n", False),
    ],
)
def test_output_is_compared(expected: str, shown: str, *, same: bool) -> None:
    assert is_like(expected, shown) is same


def test_commands_of_a_block_share_a_shell(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    commands = ["export A=b", "echo $A; echo c >&2; false", "echo $?", "imagesearch-ingest --version"]
    *first, version = shop.run(commands, tmp_path / "work")
    assert first == ["", "b\nc\n", "1\n"]
    assert version.startswith("imagesearch-ingest ")
