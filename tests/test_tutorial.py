"""Run docs/tutorial.md. Its console blocks share a shell before the emulator is started, and another one from there on.

tests/test_operating.py says how a block is written.

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
PARTS = [
    re.findall(r"^```console\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    for part in re.split(r"^(?=## 5\. )", PAGE, flags=re.MULTILINE)
]
BLOCKS = [block for part in PARTS for block in part]


def make_clone(folder: Path) -> None:
    """Fill the folder with what a clone has, as links, and with the sample pictures."""
    folder.mkdir()
    fill_folder(folder, {})
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.prefix) / "bin")
    (folder / ".venv/.installed").touch()  # so that make installs nothing


@pytest.mark.slow
@pytest.mark.parametrize("blocks", PARTS, ids=["without a cloud", "with the emulator"])
def test_each_command_prints_what_the_page_shows(tmp_path: Path, blocks: list[str]) -> None:
    make_clone(tmp_path / "work")
    pairs = [pair for block in blocks for pair in read_block(block)]
    shown = run_shell([command for command, _ in pairs], tmp_path / "work", {})
    for (command, expected), seen in zip(pairs, shown, strict=False):
        assert is_like(expected, seen), f"$ {command}\n{seen}\n--- but the page shows:\n{expected}"
    assert len(shown) == len(pairs), f"the shell ended or hung in: {pairs[len(shown)][0]}"
