"""HEIF: one container (ISO/IEC 23008-12), with HEVC inside as HEIC and with AV1 inside as AVIF."""

from imagesearch_ingest.images.animation import read_later_frames
from imagesearch_ingest.images.formats.format import Format
from imagesearch_ingest.images.formats.heif.brands import is_avif, is_heic
from imagesearch_ingest.images.formats.heif.items import check_items
from imagesearch_ingest.images.pillow import Plugin
from imagesearch_ingest.model.reasons import Reason

AVIF = Format(
    name="AVIF",
    title="AVIF",
    matches=is_avif,
    plugin=Plugin("PIL.AvifImagePlugin", "AvifImageFile"),
    read_later_frames=read_later_frames,
    bytes_per_pixel=9.5,
)
HEIC = Format(
    name="HEIC",
    title="HEIC",
    matches=is_heic,
    plugin=Plugin(
        "pi_heif.as_plugin",
        "HeifImageFile",
        if_missing=(Reason.HEIC_NOT_INSTALLED, "a HEIC picture cannot be read without pi-heif, which is not installed"),
    ),
    inspect=check_items,
    bytes_per_pixel=7.5,
)
