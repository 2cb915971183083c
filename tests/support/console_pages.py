"""Run the console blocks of a page in one shell, and compare what they print with what the page shows."""

import re
from pathlib import Path

from tests.support.shop import is_like, run_shell


def read_block(block: str) -> list[tuple[str, str]]:
    """Return each command of a console block with its output. tests/test_operating.py says how a block is written."""
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n", block, flags=re.MULTILINE)
    assert not parts[0].strip(), f"output before the first command: {parts[0]}"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def check_blocks(page: str, folder: Path) -> None:
    """Run the console blocks, and fail at the first command that prints something else than the page shows."""
    blocks = re.findall(r"^```console\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    pairs = [pair for block in blocks for pair in read_block(block)]
    shown = run_shell([command for command, _ in pairs], folder, {})
    for (command, expected), seen in zip(pairs, shown, strict=False):
        assert is_like(expected, seen), f"$ {command}\n{seen}\n--- but the page shows:\n{expected}"
    assert len(shown) == len(pairs), f"the shell ended or hung in: {pairs[len(shown)][0]}"
