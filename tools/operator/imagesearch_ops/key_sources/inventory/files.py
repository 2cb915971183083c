"""Read an inventory whose files are on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.checked import CheckedStream, check_size
from imagesearch_ops.key_sources.inventory.manifest import LARGEST_MANIFEST, DataFile, Manifest, parse_manifest
from imagesearch_ops.key_sources.inventory.rows import read_rows
from imagesearch_ops.terminal_text import path_text, printable

_BLOCK = 1_048_576  # bytes


@dataclass(frozen=True, slots=True)
class InventoryFiles:
    """A manifest and where its data files are. It can be sent to another process."""

    manifest: Manifest
    paths: tuple[Path, ...]

    @classmethod
    def find(cls, path: Path) -> Self:
        """Return the inventory. Raise ``InputError`` if a file of it is missing or has the wrong size."""
        name = printable(path_text(path))
        manifest = parse_manifest(_read(path, name), name)
        return cls(manifest, tuple(_find(file, manifest, path) for file in manifest.files))

    def objects(self, prefix: str) -> Iterator[ListedObject]:
        """Yield the objects whose keys begin with ``prefix``.

        Raise ``InputError`` for a damaged file, before the first object if its MD5 shows it.
        """
        for file, path in zip(self.manifest.files, self.paths, strict=True):
            CheckedStream(_read_blocks(path)).check(file, self.manifest)
        for file, path in zip(self.manifest.files, self.paths, strict=True):
            with path.open("rb") as stream:
                yield from read_rows(stream, file, self.manifest, prefix)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_MANIFEST)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from None


def _find(file: DataFile, manifest: Manifest, path: Path) -> Path:
    """Return the data file: below the manifest's folder or one above it, by its key or by an end of its key.

    An inventory has ``.../config/2026-11-29T00-00Z/manifest.json`` and ``.../config/data/x.csv.gz`` below the same
    folders. So it is found where all of it was copied, and also where only a part was.
    """
    parts = PurePosixPath(file.key).parts
    folders = path.resolve().parents[: len(parts) + 1]
    if ".." not in parts:
        for folder in folders:
            for start in range(len(parts)):
                found = folder.joinpath(*(part for part in parts[start:] if part != "/"))
                if found.is_file():
                    check_size(found.stat().st_size, file, manifest)
                    return found
    looked = ", ".join(printable(path_text(folder)) for folder in folders)
    raise InputError(f"{manifest.name}: the data file {printable(file.key)} is missing. Looked below {looked}.")


def _read_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
