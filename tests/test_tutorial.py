"""Run docs/tutorial.md. Its console blocks share a shell; tests/test_operating.py says how one is written.

The tutorial starts its own cloud. Its folder is like a clone: it has the repository's files, and ``pictures/`` and
``picture.jpg`` of the samples.
"""

import re
import sys
from pathlib import Path

import pytest

from tests.support.shop import fill_folder, is_like, run_shell
from tests.test_operating import read_block

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def make_clone(folder: Path) -> None:
    """Fill the folder with what a clone has, as links, and with the sample pictures."""
    folder.mkdir()
    fill_folder(folder, {})
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    (folder / ".venv").symlink_to(sys.prefix)


@pytest.mark.slow
def test_each_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    make_clone(tmp_path / "work")
    pairs = [pair for block in BLOCKS for pair in read_block(block)]
    shown = run_shell([command for command, _ in pairs], tmp_path / "work", {})
    for (command, expected), seen in zip(pairs, shown, strict=False):
        assert is_like(expected, seen), f"$ {command}\n{seen}\n--- but the page shows:\n{expected}"
    assert len(shown) == len(pairs), f"the shell ended or hung in: {pairs[len(shown)][0]}"
