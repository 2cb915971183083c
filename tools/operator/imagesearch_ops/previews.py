"""Draw small previews of pictures in child processes, by Pillow alone: a second opinion on what is sent."""

import base64
import threading
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from math import inf
from typing import NamedTuple

from PIL import Image, ImageFile, ImageOps

from imagesearch_ingest.adapters.subprocess import program
from imagesearch_ingest.adapters.subprocess.child_process import MEMORY_BYTES, ChildProcess
from imagesearch_ingest.adapters.subprocess.frames import write_frame
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason

SECONDS = 10.0  # for one preview, or the page shows none
_QUALITY = 60
_MAX_PIXELS = 100_000_000
# Everything that Pillow itself draws. The others start other programs, or are no pictures.
_FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "GIF",
    "BMP",
    "DIB",
    "TIFF",
    "PPM",
    "AVIF",
    "HEIF",
    "TGA",
    "PCX",
    "JPEG2000",
    "ICO",
    "CUR",
    "PSD",
    "QOI",
    "SGI",
    "DDS",
    "SUN",
    "XBM",
    "XPM",
)
_KEPT_MODES = {"RGB", "RGBA"}
# The child gets the parent's sys.path, as the child that prepares pictures does.
_PROGRAM = """
import sys
memory_bytes, sys.path[:] = int(sys.argv[1]), sys.argv[2:]
from imagesearch_ops.previews import main
main(memory_bytes)
"""


class Preview(NamedTuple):
    """A small WebP of a picture, and what Pillow found the picture to be. Sides in pixels, before any rotation."""

    data: bytes
    width: int
    height: int
    format: str
    source_width: int
    source_height: int

    @property
    def address(self) -> str:
        """Return the picture as a data URL."""
        return f"data:image/webp;base64,{base64.b64encode(self.data).decode()}"


class Budget:
    """Bytes that a page may still take. Safe for several threads."""

    def __init__(self, total: int) -> None:
        self._left = total
        self._lock = threading.Lock()

    @property
    def is_used_up(self) -> bool:
        return self._left <= 0

    def take(self, count: int) -> None:
        with self._lock:
            self._left -= count


class Previewer:
    """One child process that draws previews. Close it to stop it."""

    def __init__(self, environ: Mapping[str, str], side: int) -> None:
        self._child = ChildProcess(environ, memory_bytes=MEMORY_BYTES, allowance_seconds=SECONDS, program=_PROGRAM)
        self._policy = Policy(longest_side=side)

    def draw(self, data: bytes) -> Preview | None:
        """Return the preview, or ``None`` if Pillow cannot draw the picture or takes too long."""
        try:
            drawn = self._child.prepare(data, self._policy, inf)
        except IngestError:
            return None
        sizes = drawn.width, drawn.height, drawn.source_format, drawn.source_width, drawn.source_height
        return Preview(drawn.data, *sizes)

    def close(self) -> None:
        self._child.close()


def main(memory_bytes: int) -> None:
    """Serve requests until the parent closes the pipe or ends."""
    program.limit(memory_bytes)
    source, sink = program.open_pipes()
    from imagesearch_ingest.adapters.subprocess import codec  # noqa: F401, PLC0415 - while it can still be read

    ImageFile.LOAD_TRUNCATED_IMAGES = True  # half a picture explains why it is rejected
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    with suppress(ImportError):
        from pi_heif import register_heif_opener  # type: ignore[import-untyped] # noqa: PLC0415 (an extra)

        register_heif_opener()
    Image.init()
    program.lock_down()
    write_frame(sink, {"ready": True})
    with suppress(BrokenPipeError):
        program.serve(source, sink, draw)


def _list_formats() -> list[str]:
    """Return the formats that this build of Pillow has."""
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def draw(data: bytes, policy: Policy) -> PreparedImage:
    """Return a WebP whose longer side is at most ``policy.longest_side``. It keeps transparency and colour profile.

    Raise ``IngestError`` whatever the reason is.
    """
    try:
        with Image.open(BytesIO(data), formats=_list_formats()) as opened:
            source_format, (width, height) = opened.format or "", opened.size
            profile = opened.info.get("icc_profile")
            opened.draft(None, (policy.longest_side * 2, policy.longest_side * 2))
            image = ImageOps.exif_transpose(opened)
        if image.mode not in _KEPT_MODES:
            profile = profile if image.mode != "CMYK" else None
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.thumbnail((policy.longest_side, policy.longest_side), reducing_gap=2.0)
        buffer = BytesIO()
        image.save(buffer, "WEBP", quality=_QUALITY, icc_profile=profile or b"")
    except Exception as error:
        raise IngestError(Reason.CORRUPT_IMAGE, "there is no preview") from error
    return PreparedImage(
        data=buffer.getvalue(),
        format="WEBP",
        width=image.width,
        height=image.height,
        source_format=source_format,
        source_width=width,
        source_height=height,
        displayed_width=image.width,
        displayed_height=image.height,
        content=(0, 0, image.width, image.height),
        source_bytes=len(data),
        steps=(),
    )
