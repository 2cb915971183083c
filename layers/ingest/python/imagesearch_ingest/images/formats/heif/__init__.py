"""HEIF: one container (ISO/IEC 23008-12), with HEVC inside as HEIC and with AV1 inside as AVIF.

The memory of the decoders depends on more than the mode, so ``load`` checks it.
"""

from imagesearch_ingest.images.animation import read_later_frames
from imagesearch_ingest.images.formats.format import Format
from imagesearch_ingest.images.formats.heif.brands import is_avif, is_heic
from imagesearch_ingest.images.formats.heif.inspect import inspect_avif, inspect_heic
from imagesearch_ingest.images.formats.heif.load import load_avif, load_heic
from imagesearch_ingest.images.pillow import Plugin
from imagesearch_ingest.model.reasons import Reason

AVIF = Format(
    name="AVIF",
    title="AVIF",
    matches=is_avif,
    plugin=Plugin("imagesearch_ingest.images.formats.heif.avif", "AvifFile"),
    inspect=inspect_avif,
    load=load_avif,
    read_later_frames=read_later_frames,
)
HEIC = Format(
    name="HEIC",
    title="HEIC",
    matches=is_heic,
    plugin=Plugin(
        "imagesearch_ingest.images.formats.heif.libheif",
        "HeicFile",
        if_missing=(Reason.HEIC_NOT_INSTALLED, "a HEIC picture cannot be read without pi-heif, which is not installed"),
    ),
    inspect=inspect_heic,
    load=load_heic,
)
