"""Where prepared pictures are written: below one folder, under the names they had, whole or not at all."""

import os
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path, PurePath

from imagesearch_ops.errors import InputError
from imagesearch_ops.picture_files import PictureFile

_SUFFIXES = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
    "PPM": ".ppm",
}
# What is replaced; anything else after a dot ("v1.2") is part of the name.
_REPLACED = {*_SUFFIXES.values(), ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".apng", ".dib", ".tiff", ".pnm", ".pgm"}
_REPLACED |= {".pbm", ".heic", ".heif", ".hif", ".avif"}


class PreparedFiles:
    """No two pictures of one run get one name, and no picture that was given is overwritten: a name that is taken is
    counted on, ``a.jpg``, ``a-2.jpg``, in the order of the pictures. What an earlier run left there is replaced.
    """

    def __init__(self, folder: Path, given: Sequence[Path], files: Sequence[PictureFile]) -> None:
        """Makes the folder. Raises ``InputError`` when it would be read as well, and ``OSError``."""
        _check_apart(folder, given)
        self._folder = folder
        self._sources = {identity for file in files for identity in _identities(file.path)}
        # A folder may be called like a picture.
        self._taken = {_as_file_systems_compare(parent) for file in files for parent in file.name.parents}
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder}: --output is a file; give a folder, or one that is to be made")
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: PurePath, picture_format: str, data: bytes) -> Path:
        """Where it is now. Raises ``OSError`` with one clear line; then nothing of it is left there."""
        target = self._folder / self._free(self.usual_name(name, picture_format))
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(data)
                part.replace(target)
            finally:  # also when the command is interrupted
                part.unlink(missing_ok=True)
        except OSError as error:
            raise OSError(f"{target}: cannot be written: {error.strerror}") from None
        return target

    def usual_name(self, name: PurePath, picture_format: str) -> PurePath:
        suffix = _SUFFIXES.get(picture_format, f".{picture_format.lower()}")
        return name.with_name((name.stem if name.suffix.lower() in _REPLACED else name.name) + suffix)

    def _free(self, name: PurePath) -> PurePath:
        for number in count(1):
            candidate = name if number == 1 else name.with_name(f"{name.stem}-{number}{name.suffix}")
            key = _as_file_systems_compare(candidate)
            if key not in self._taken and not self._sources.intersection(_identities(self._folder / candidate)):
                self._taken.add(key)
                return candidate
        raise AssertionError("unreachable: count() has no end")


def _check_apart(folder: Path, given: Iterable[Path]) -> None:
    """Inside what is read, the results of one run would be the pictures of the next."""
    there = [place for place in (folder.resolve(), *folder.resolve().parents) if place.exists()]
    for path in given:
        if path.is_dir() and any(place.samefile(path) for place in there):
            raise InputError(f"{folder}: --output is inside {path}, which is read; give a folder outside of it")


def _identities(path: Path) -> set[tuple[int, int]]:
    """Of the file, and of the link that leads to it."""
    found = set()
    for follow in (True, False):
        try:
            status = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - Path.stat of 3.11 is the same, longer
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return found


def _as_file_systems_compare(name: PurePath) -> str:
    """Some take "A.jpg" for "a.jpg", and one way of writing "é" for the other."""
    return unicodedata.normalize("NFC", name.as_posix()).casefold()
