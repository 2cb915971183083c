import ctypes
from pathlib import Path

import pytest

from imagesearch_ingest.images.formats.tiff import libtiff

FOLDERS = ["plain", "with two blanks", "鞋"]


def silence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *paths: Path) -> list[str]:
    """Silence the libraries that a list of mapped files names, and return which were opened."""
    rows = (f"7f0a00000000-7f0a00001000 r-xp 00000000 fe:00 1234                       {path}\n" for path in paths)
    maps = tmp_path / "maps"
    maps.write_bytes(b"7ffc0000-7ffd0000 rw-p 00000000 00:00 0\n" + "".join(rows).encode())
    opened: list[str] = []

    def open_library(path: str) -> object:
        opened.append(path)
        return ctypes.PyDLL(path)

    monkeypatch.setattr(libtiff, "_MAPS", maps)
    monkeypatch.setattr(libtiff.ctypes, "CDLL", open_library)
    libtiff.silence_libtiff.__wrapped__()
    return opened


@pytest.mark.parametrize("folder", FOLDERS)
def test_library_is_found_in_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str) -> None:
    library = tmp_path / folder / "libtiff-1.so.6"
    assert silence(monkeypatch, tmp_path, library, library, tmp_path / "libjpeg.so") == [str(library)]


def test_missing_library_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert silence(monkeypatch, tmp_path, tmp_path / "libtiff.so (deleted)") == [str(tmp_path / "libtiff.so (deleted)")]
