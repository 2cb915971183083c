"""Configure Pillow for the process, open files with one of its plugins, and translate its errors.

``Image.open`` is not used: it imports five plugins although one is needed, and hides why the needed plugin refused the
file.
"""

import logging
import re
import threading
import traceback
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
# Words in the messages of Pillow, libvips and their libraries. They decide what a fault is, and are never shown.
_NO_MEMORY = re.compile("vips_tracked: out of memory")  # libheif says much the same of a size that makes no sense
_UNREAD = re.compile(
    "unknown pixel mode|unknown raw mode|unsupported|unimplemented|cannot handle [0-9]+-bit|operation is blocked"
    "|not (?:yet |currently )?(?:supported|implemented|configured|built)|no (?:decoder|codec|decoding plugin)"
    "|support (?:for [^ ]+ )?(?:is )?not (?:built|installed|available|compiled)",
    re.IGNORECASE,
)
_CUT_SHORT = re.compile(
    "truncat|premature|incomplete|end of (?:file|data|input|stream|image|source|strip|scanline)|reached EOF"
    "|unexpected EOF|not enough (?:image )?data|too little data|out of data|short read|requires a buffer of",
    re.IGNORECASE,
)
_OWN_CODE = "imagesearch_ingest."
_BUGS = (TypeError, AttributeError, NameError, AssertionError)
_MOST_PIXELS = 100_000_000  # a plugin that takes memory while it opens a file takes up to four bytes for each
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
    """Turn any exception of a decoder into an ``IngestError`` in our own words, except ``MemoryError``.

    A bug of this package is not the file's fault, so it stays what it is.
    """
    try:
        yield
    except (IngestError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        found = f"the {format_name} header announces more than twice the allowed pixels"
        raise IngestError(Reason.TOO_MANY_PIXELS, f"{found}; the limit is {max_pixels} pixels") from error
    except Exception as error:  # decoders raise anything, even a bare Exception, for a broken file
        if isinstance(error, _BUGS) and _is_raised_here(error):
            raise
        words = str(error)
        if _NO_MEMORY.search(words):
            raise MemoryError from error
        if _UNREAD.search(words):
            detail = f"this kind of {format_name} cannot be read; save it as an ordinary JPEG or PNG"
            raise IngestError(Reason.UNSUPPORTED_FORMAT, detail) from error
        is_cut_short = isinstance(error, EOFError) or _CUT_SHORT.search(words)
        raise corrupt(format_name, "the file is cut short" if is_cut_short else "its structure is broken") from error


def _is_raised_here(error: Exception) -> bool:
    """Return whether the exception arose in this package itself, not in a decoder that it called."""
    *_, innermost = traceback.walk_tb(error.__traceback__)
    return str(innermost[0].f_globals.get("__name__")).startswith(_OWN_CODE)
