"""Load everything that any image may need, so that the child needs no file afterwards."""

import codecs
import sys
from importlib import import_module
from pkgutil import walk_packages

from imagesearch_ingest import images

# What the formats look up by name when the first image needs it.
_PLUGINS = ("Avif", "Bmp", "Gif", "Jpeg", "Png", "Ppm", "Tiff", "WebP")
_ENCODINGS = ("ascii", "latin-1", "unicode_escape", "utf-16", "utf-16-be", "utf-16-le")


def load_all() -> None:
    """Import all modules of ``images``, Pillow's plugins and libvips. A missing extra (pi-heif) stays missing.

    This costs about 40 ms of processor time.
    """
    names = [module.name for module in walk_packages(images.__path__, f"{images.__name__}.")]
    for name in (*names, "PIL.ImageCms", *(f"PIL.{plugin}ImagePlugin" for plugin in _PLUGINS)):
        try:
            import_module(name)
        except ModuleNotFoundError:
            sys.modules[name] = None  # type: ignore[assignment] # a later import fails at once, and opens no file
    from imagesearch_ingest.images.formats.heif.libavif import find_libavif  # noqa: PLC0415 (after its library)
    from imagesearch_ingest.images.formats.tiff.libtiff import silence_libtiff  # noqa: PLC0415 (as above)
    from imagesearch_ingest.images.vips import get_vips  # noqa: PLC0415 (as above)

    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    for prepare in (find_libavif, silence_libtiff, get_vips):
        prepare()
