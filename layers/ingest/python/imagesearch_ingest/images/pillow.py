"""Configure Pillow for the process, open files with one of its plugins, and translate its errors.

``Image.open`` is not used: it imports five plugins although one is needed, and hides why the needed plugin refused the
file.
"""

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_QUIET = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
_BLOCKS_KEPT = 8  # of 16 MB
_MOST_PIXELS = 100_000_000  # a plugin that takes memory while it opens a file takes up to four bytes for each
_PLAIN_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:()/=+-]{0,150}")
# Pillow's messages for a sound file that it cannot read.
_UNREAD = re.compile("unknown pixel mode|unknown raw mode|[Uu]nsupported|cannot handle [0-9]+-bit")
_lock = threading.Lock()
# Pillow logs some faults that it also raises. Without any handler, Python would print them on stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class Plugin(NamedTuple):
    """A plugin of Pillow's, which is imported when the first file needs it."""

    module: str
    name: str  # of the class
    if_missing: tuple[Reason, str] | None = None  # reason and detail if the module is an extra that is not installed


def configure_pillow(max_pixels: int) -> None:
    """Set Pillow's process-wide switches, which other code in the process may have changed.

    All threads write the same values, so several may prepare images at once:

    - Truncated files are never completed silently.
    - Pillow's bomb check stays on, for the memory that a plugin takes while it opens a file (a GIF's disposal area, a
      WebP's canvas). Its limit follows a caller's as far as such memory allows; ``limits.check_pixels`` applies the
      caller's own.
    - Pillow keeps some freed memory for the next image. Getting it from the system again takes half of the time of a
    rotation (Pillow's documentation, "Block allocator").
    - Warnings of Pillow's own modules are ignored. ``warnings.catch_warnings`` is not safe with threads. One filter in
    front of the others is safe, and it concerns Pillow alone.
    """
    with _lock:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        limit = min(max_pixels, _MOST_PIXELS)
        if Image.MAX_IMAGE_PIXELS is None or limit > Image.MAX_IMAGE_PIXELS:
            Image.MAX_IMAGE_PIXELS = limit
        Image.core.set_blocks_max(_BLOCKS_KEPT)  # type: ignore[attr-defined] # documented, but not typed
        if tuple(warnings.filters[:1]) != (_QUIET,):
            warnings.filterwarnings("ignore", module=_QUIET[3].pattern)


def open_header(data: bytes, plugin: Plugin) -> ImageFile.ImageFile:
    """Return the image as the plugin sees it after the header. Nothing is decoded.

    Raise ``IngestError`` if the plugin is not installed, and whatever the plugin raises.
    """
    try:
        image_file: type[ImageFile.ImageFile] = getattr(import_module(plugin.module), plugin.name)
    except ImportError as error:
        if plugin.if_missing is None:
            raise
        raise IngestError(*plugin.if_missing) from error
    return image_file(BytesIO(data))


@contextmanager
def translate_errors(format_name: str, max_pixels: int) -> Iterator[None]:
    """Turn any exception of a decoder into an ``IngestError``, except ``MemoryError``."""
    try:
        yield
    except (IngestError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        found = f"the {format_name} header announces more than twice the allowed pixels"
        raise IngestError(Reason.TOO_MANY_PIXELS, f"{found}; the limit is {max_pixels} pixels") from error
    except Exception as error:  # decoders raise anything, even a bare Exception, for a broken file
        if _UNREAD.search(str(error)):
            detail = f"this kind of {format_name} cannot be read: {_describe(error)}"
            raise IngestError(Reason.UNSUPPORTED_FORMAT, detail) from error
        raise corrupt(format_name, _describe(error)) from error


def _describe(error: Exception) -> str:
    """Return Pillow's message if it reads like a sentence: bytes, addresses or objects tell a user nothing."""
    message = str(error).strip()
    return message if _PLAIN_WORDS.fullmatch(message) else "its structure is broken"
