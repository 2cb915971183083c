"""Open a HEIC by libheif's binding, and say in plain words why it cannot be read.

The binding is an extra: importing this module fails if it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

import pi_heif  # type: ignore[import-untyped] # published without type information
from PIL import ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_UNSUPPORTED = re.compile("[Uu]nsupported|not supported|[Nn]o decoding plugin|[Uu]nimplemented")
_FAULTS = (OSError, ValueError, SyntaxError, RuntimeError, EOFError, IndexError)


class HeicFile(ImageFile.ImageFile):
    """The main image of a file after the header was read. Libheif turns it upright while it decodes."""

    format = "HEIF"
    format_description = "HEIF container"

    def _open(self) -> None:
        self._bytes = cast("IO[bytes]", self.fp).read()
        self._read(keeps_depth=True)

    @property
    def depth(self) -> int:
        """Return the bits of a sample in the file."""
        return cast("int", self.info["bit_depth"])

    @property
    def has_alpha(self) -> bool:
        """Return whether the image has transparency."""
        return bool(self.heif.has_alpha)

    @property
    def is_premultiplied(self) -> bool:
        """Return whether the colours are multiplied by the transparency."""
        return bool(self.heif.premultiplied_alpha)

    def reduce_depth(self) -> None:
        """Let libheif reduce the samples to 8 bits, which takes less memory."""
        self._read(keeps_depth=False)

    def decode(self) -> memoryview:
        """Return the pixels, row by row without gaps. Raise ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``."""
        with _translate():
            return cast("memoryview", self.heif.data)

    def _read(self, *, keeps_depth: bool) -> None:
        with _translate():
            self.heif = pi_heif.open_heif(self._bytes, convert_hdr_to_8bit=not keeps_depth)
            self._size, self._mode = self.heif.size, self.heif.mode.split(";")[0]
            self.info = dict(self.heif.info)


@contextmanager
def _translate() -> Iterator[None]:
    """Turn an error of the binding into a refusal. Its words are libheif's, which tell a user nothing."""
    try:
        yield
    except _FAULTS as error:
        if _UNSUPPORTED.search(str(error)):
            raise IngestError(
                Reason.UNSUPPORTED_FORMAT,
                "this kind of HEIC cannot be read: it uses an unusual feature of HEIF or HEVC; "
                "save the picture as JPEG or PNG",
            ) from error
        raise corrupt("HEIC", "its structure or its compressed data is damaged") from error
