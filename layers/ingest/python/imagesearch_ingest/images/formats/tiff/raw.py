"""Recognise camera raws that are TIFF files: only their directories tell (DNG 1.7, TIFF/EP).

Their first directory is often a thumbnail or a preview, which is not the picture. A camera raw has a page of sensor
samples: colours of a filter array, linear raw colours, or a compression that only cameras write. A TIFF that merely
names a camera is a picture.
"""

import re
from collections.abc import Sequence

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory, Page

_SENSOR_COLOURS = {32803, 34892}  # colour filter array (TIFF/EP), LinearRaw (DNG)
# Compressions by which cameras store samples, as ExifTool lists them: Sony, packed raw, Samsung, Nikon, Kodak, Pentax.
_SENSOR_COMPRESSIONS = {32767, 32769, 32770, 32772, 34713, 65000, 65535}
_HEADER_BYTES = 8
_CANON = b"CR\2"  # behind the header, with the version
_PHASE_ONE = re.compile(rb"IIII.waR|MMMMRaw", re.DOTALL)  # the letter tells the kind of file
_BY_MAKER = (
    ("nikon", "NEF"),
    ("canon", "CR2"),
    ("sony", "ARW"),
    ("pentax", "PEF"),
    ("ricoh", "PEF"),
    ("hasselblad", "3FR"),
    ("phase one", "IIQ"),
    ("leaf", "MOS"),
    ("epson", "ERF"),
    ("kodak", "DCR or KDC"),
    ("samsung", "SRW"),
    ("olympus", "ORF"),
    ("om digital", "ORF"),
    ("mamiya", "MEF"),
    ("leica", "RWL"),
    ("panasonic", "RW2"),
)


def name_camera_raw(data: bytes, pages: Sequence[Page]) -> str | None:
    """Return the usual name of the kind of camera raw, or ``None`` for a picture."""
    if data.startswith(_CANON, _HEADER_BYTES):
        return "CR2"
    if _PHASE_ONE.match(data, _HEADER_BYTES):
        return "IIQ"
    directories = [directory for page in pages for directory in (page.top, *page.below)]
    if any(tags.DNG_VERSION in directory for directory in directories):
        return "DNG"
    if not any(map(_has_sensor_samples, directories)):
        return None
    maker = next(filter(None, (directory.text(tags.MAKE).lower() for directory in directories)), "")
    return next((name for word, name in _BY_MAKER if word in maker), "of an unknown maker")


def _has_sensor_samples(directory: Directory) -> bool:
    return (
        directory.number(tags.PHOTOMETRIC, 0) in _SENSOR_COLOURS
        or directory.number(tags.COMPRESSION, 0) in _SENSOR_COMPRESSIONS
    )
