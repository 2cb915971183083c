"""Pass the bytes of a data file on, and check that they are those that the manifest means."""

import hashlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.manifest import DataFile, Manifest
from imagesearch_ops.terminal_text import printable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def check_size(size: int, file: DataFile, manifest: Manifest) -> None:
    """Raise ``InputError`` unless the file has the size that the manifest says."""
    if size != file.size:
        shown = printable(file.key)
        raise InputError(f"{manifest.name}: {shown} has {size} bytes instead of {file.size}. Fetch the file again.")


class CheckedStream(io.RawIOBase):
    """A stream of blocks of bytes, which counts and hashes what it passes on."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = memoryview(b"")
        self._size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer as far as the block lasts."""
        target = memoryview(buffer).cast("B")
        if not self._left:
            self._left = memoryview(self._next())
        taken = min(len(target), len(self._left))
        target[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken

    def check(self, file: DataFile, manifest: Manifest) -> None:
        """Read the rest. Raise ``InputError`` unless size and MD5 are those of the manifest."""
        while self._next():
            pass
        check_size(self._size, file, manifest)
        if self._md5.hexdigest() != file.md5:
            raise InputError(f"{manifest.name}: the MD5 of {printable(file.key)} is wrong. Fetch the file again.")

    def _next(self) -> bytes:
        block = next(self._blocks, b"")
        self._size += len(block)
        self._md5.update(block)
        return block
