"""Say which test runs which command block (tests/command_blocks.py)."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.command_blocks import ROOT, Block, read_blocks

DECORATOR = "runs_block"
PARAMETER = "block"
Claim = tuple[str, str]


def runs_block(page: str, beginning: str) -> pytest.MarkDecorator:
    """Give the decorated test the block of ``page`` that begins with ``beginning``, as its argument ``block``.

    The test has to run ``block.text``. Raise ValueError if the page has no such block, or several, or if it needs an
    account.
    """
    found = [one for one in _blocks() if one.page == page and one.text.startswith(beginning)]
    if len(found) != 1 or found[0].needs or not found[0].has_commands:
        raise ValueError(f"{page}: {len(found)} command blocks that need no account begin with {beginning!r}")
    return pytest.mark.parametrize(PARAMETER, found, ids=str)


@cache
def _blocks() -> list[Block]:
    return read_blocks()


def find_claims(tests: Path = ROOT / "tests") -> list[Claim]:
    """Return the page and the beginning of each block that a test runs, as its decorators say."""
    sources = [
        path.read_text(encoding="utf-8") for path in sorted(tests.rglob("*.py")) if "node_modules" not in path.parts
    ]
    return [claim for source in sources if f"@{DECORATOR}(" in source for claim in read_claims(source)]


def read_claims(source: str) -> Iterator[Claim]:
    """Yield the claims in a module's source. A test that does not use its block is none that runs it."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_") and _uses_block(function):
            for call in function.decorator_list:
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == DECORATOR:
                    page, beginning = map(ast.literal_eval, call.args)
                    yield page, beginning


def _uses_block(function: ast.FunctionDef) -> bool:
    """Return whether the function reads ``block.text``, or passes ``block`` to another."""
    read = [node.value for node in ast.walk(function) if isinstance(node, ast.Attribute) and node.attr == "text"]
    passed = [argument for node in ast.walk(function) if isinstance(node, ast.Call) for argument in node.args]
    return any(isinstance(node, ast.Name) and node.id == PARAMETER for node in read + passed)


def leave_out_claimed(blocks: Iterable[Block], claims: Iterable[Claim]) -> list[Block]:
    """Return the blocks with commands that need no account and that no test claims."""
    claims = list(claims)
    return [block for block in blocks if block.has_commands and not block.needs and not _is_claimed(block, claims)]


def _is_claimed(block: Block, claims: list[Claim]) -> bool:
    return any(block.page == page and block.text.startswith(beginning) for page, beginning in claims)
