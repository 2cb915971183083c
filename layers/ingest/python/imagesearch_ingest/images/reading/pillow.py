"""Pillow's process-wide switches, set on purpose, and its plugins, one at a time.

``Image.open`` is not used: it imports five plugins where one is needed, and hides why that one refused.
"""

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO

from PIL import Image, ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

# JPEG's own class, not the factory that turns some JPEGs into MPO: the first picture is the one we want.
_PLUGINS = {
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "JPEG": ("imagesearch_ingest.images.reading.jpeg_plugin", "Jpeg"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "PPM": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIC": ("pi_heif.as_plugin", "HeifImageFile"),  # an extra
}
_QUIET = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
_BLOCKS_KEPT = 8  # of 16 MB
_PLAIN_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:()/=+-]{0,150}")
# How Pillow says that it is at fault, not the file.
_UNREAD = re.compile("unknown pixel mode|unknown raw mode|[Uu]nsupported|cannot handle [0-9]+-bit")
_lock = threading.Lock()
# Pillow logs some faults that it also raises; with no handler at all, Python would print them on stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def configure_pillow(max_pixels: int) -> None:
    """Puts the switches that other code in the process may have turned where this package needs them.

    All threads write the same values, so several may prepare pictures at once:

    - truncated files are never completed silently;
    - Pillow's bomb check stays, as a net under what a plugin allocates while it opens (a GIF's disposal area, a
      WebP's canvas), but at no less than any caller's limit: the limit itself is ``limits.check_pixels``;
    - some of the memory of pictures that are gone is kept for the next: taken anew from the system each time, its pages
      cost a rotation half of its time (Pillow's documentation, "Block allocator");
    - warnings of Pillow's own modules are ignored. ``warnings.catch_warnings`` is not safe among threads; one filter
      in front of the others is, and it speaks of nobody else's modules.
    """
    with _lock:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        if Image.MAX_IMAGE_PIXELS is None or max_pixels > Image.MAX_IMAGE_PIXELS:
            Image.MAX_IMAGE_PIXELS = max_pixels
        Image.core.set_blocks_max(_BLOCKS_KEPT)  # type: ignore[attr-defined] # documented, but not typed
        if tuple(warnings.filters[:1]) != (_QUIET,):
            warnings.filterwarnings("ignore", module=_QUIET[3].pattern)


def open_header(data: bytes, source_format: str) -> ImageFile.ImageFile:
    """The plugin's view of the file after its header, nothing decoded.

    Raises ``HEIC_NOT_INSTALLED``, and whatever the plugin raises.
    """
    module, name = _PLUGINS[source_format]
    try:
        plugin: type[ImageFile.ImageFile] = getattr(import_module(module), name)
    except ImportError as error:
        if source_format != "HEIC":
            raise
        raise IngestError(Reason.HEIC_NOT_INSTALLED, "a HEIC picture, which takes pi-heif to read") from error
    return plugin(BytesIO(data))


@contextmanager
def decoding(source_format: str, max_pixels: int) -> Iterator[None]:
    """Whatever a decoder raises becomes an ``IngestError``; running out of memory is left to ``prepare``."""
    try:
        yield
    except (IngestError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        found = f"the {source_format} header announces more than twice the pixels allowed"
        raise IngestError(Reason.TOO_MANY_PIXELS, f"{found}; at most {max_pixels} are read") from error
    except Exception as error:  # decoders raise anything, down to bare Exception: the file is at fault
        if _UNREAD.search(str(error)):
            detail = f"a kind of {source_format} that is not read: {_in_plain_words(error)}"
            raise IngestError(Reason.UNSUPPORTED_FORMAT, detail) from error
        raise corrupt(source_format, _in_plain_words(error)) from error


def _in_plain_words(error: Exception) -> str:
    """Pillow's message if it reads like a sentence; anything with bytes, addresses or objects in it says nothing."""
    message = str(error).strip()
    return message if _PLAIN_WORDS.fullmatch(message) else "its structure is broken"
