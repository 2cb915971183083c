"""layers/zip.py makes the same bytes of the same files."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deployment.conftest import ROOT


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "layers/zip.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - a fixed command


def write(folder: Path, names: list[str], at: int) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
        os.utime(path, (at, at))
    (folder / names[0]).chmod(0o700)
    return folder


@pytest.fixture
def zips(tmp_path: Path) -> tuple[Path, Path]:
    """Return the zips of two folders with the same files, made in another order, at another time."""
    names = ["python/run.sh", "python/a.py", "python/package/b.py"]
    one, other = write(tmp_path / "1", names, 1_700_000_000), tmp_path / "2"
    write(other, list(reversed(names)), 1_600_000_000)
    (other / names[0]).chmod(0o755)
    (other / names[2]).chmod(0o664)
    for folder in (one, other):
        assert run(folder, folder.with_suffix(".zip")).returncode == 0
    return tmp_path / "1.zip", tmp_path / "2.zip"


def test_same_files_make_the_same_bytes(zips: tuple[Path, Path]) -> None:
    one, other = zips
    assert one.read_bytes() == other.read_bytes()


def test_zip_holds_the_files_below_the_folder(zips: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(zips[0]) as archive:
        assert archive.namelist() == ["python/a.py", "python/package/b.py", "python/run.sh"]
        assert archive.read("python/package/b.py") == b"python/package/b.py"
        modes = {entry.filename: oct(entry.external_attr >> 16) for entry in archive.infolist()}
    assert modes == {
        "python/a.py": "0o100644",
        "python/package/b.py": "0o100644",
        "python/run.sh": "0o100755",
    }


@pytest.mark.parametrize("made", [True, False])
def test_nothing_to_zip_leaves_the_old_file(made: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    target = tmp_path / "old.zip"
    target.write_bytes(b"old")
    folder = tmp_path / "empty"
    if made:
        folder.mkdir()
    done = run(folder, target)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{folder} has no files to zip. Run 'make build-alibaba' first.\n"
    assert [path.name for path in tmp_path.iterdir() if path != folder] == ["old.zip"]
    assert target.read_bytes() == b"old"


def test_wrong_arguments_are_explained() -> None:
    assert run("one").stderr == "usage: zip.py FOLDER FILE.zip\n"
