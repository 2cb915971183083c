"""Run docs/tutorial.md. Its blocks are read as those of docs/operating.md are, but share a shell.

The tutorial starts its own cloud. Its folder is like a clone: it has the repository's files, and ``pictures/`` and
``picture.jpg`` of the samples.
"""

import re
import sys
from pathlib import Path

import pytest

from tests.support.console_pages import check_blocks
from tests.support.shop import fill_folder

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
WITHOUT_CLOUD, WITH_EMULATOR = re.split(r"^(?=## 5\. )", PAGE, flags=re.MULTILINE)


def make_clone(folder: Path) -> None:
    """Fill the folder with what a clone has, as links, and with the sample pictures."""
    folder.mkdir()
    fill_folder(folder, {})
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    (folder / ".venv").symlink_to(sys.prefix)


@pytest.mark.slow
@pytest.mark.parametrize("part", [WITHOUT_CLOUD, WITH_EMULATOR], ids=["without a cloud", "with the emulator"])
def test_each_block_prints_what_the_page_shows(tmp_path: Path, part: str) -> None:
    make_clone(tmp_path / "work")
    check_blocks(part, tmp_path / "work")
