"""Write prepared pictures below one folder, under the names that their sources have."""

import os
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path, PurePath

from imagesearch_ops.errors import InputError
from imagesearch_ops.input_files import InputFile

_SUFFIXES = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
    "PPM": ".ppm",
}
# These suffixes are replaced. Anything else after a dot, as in "v1.2", is part of the name.
_REPLACED = {*_SUFFIXES.values(), ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".apng", ".dib", ".tiff", ".pnm", ".pgm"}
_REPLACED |= {".pbm", ".heic", ".heif", ".hif", ".avif"}


class OutputFolder:
    """The folder of ``--output``. No source and no other result of this run is overwritten.

    A name already in use gets a number: ``a.jpg``, ``a-2.jpg``, in the order of the sources. Results of an earlier run
    are replaced.
    """

    def __init__(self, folder: Path, sources: Sequence[Path], files: Sequence[InputFile]) -> None:
        """Create the folder. Raise ``InputError`` if it is inside one of ``sources`` or a file, and ``OSError``."""
        _check_outside(folder, sources)
        self._folder = folder
        self._sources = {identity for file in files for identity in _identities(file.path)}
        # A folder's name may equal a picture's.
        self._taken = {_comparable(parent) for file in files for parent in file.name.parents}
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder}: --output is a file; name a folder, which may be new")
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: PurePath, image_format: str, data: bytes) -> Path:
        """Write the file and return its path. Raise ``OSError`` with a one-line message, and leave no partial file."""
        target = self._folder / self._free_name(self.usual_name(name, image_format))
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(data)
                part.replace(target)
            finally:  # also if the command is interrupted
                part.unlink(missing_ok=True)
        except OSError as error:
            raise OSError(f"{target}: cannot be written: {error.strerror}") from None
        return target

    def usual_name(self, name: PurePath, image_format: str) -> PurePath:
        """Return the name with the suffix of the format."""
        suffix = _SUFFIXES.get(image_format, f".{image_format.lower()}")
        return name.with_name((name.stem if name.suffix.lower() in _REPLACED else name.name) + suffix)

    def _free_name(self, name: PurePath) -> PurePath:
        for number in count(1):
            candidate = name if number == 1 else name.with_name(f"{name.stem}-{number}{name.suffix}")
            key = _comparable(candidate)
            if key not in self._taken and not self._sources.intersection(_identities(self._folder / candidate)):
                self._taken.add(key)
                return candidate
        raise AssertionError("unreachable: count() never ends")


def _check_outside(folder: Path, sources: Iterable[Path]) -> None:
    """Raise ``InputError`` if the folder is inside a source: the next run would read this run's results."""
    ancestors = [place for place in (folder.resolve(), *folder.resolve().parents) if place.exists()]
    for path in sources:
        if path.is_dir() and any(place.samefile(path) for place in ancestors):
            raise InputError(f"{folder}: --output is inside {path}, which is read; name a folder outside it")


def _identities(path: Path) -> set[tuple[int, int]]:
    """Return the device and inode of the file and of the link that leads to it."""
    found = set()
    for follow in (True, False):
        try:
            status = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - Path.stat of 3.11 is the same, longer
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return found


def _comparable(name: PurePath) -> str:
    """Return a form that is equal for names that some file systems hold for one: "A.jpg" and "a.jpg", two "é"."""
    return unicodedata.normalize("NFC", name.as_posix()).casefold()
