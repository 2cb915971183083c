"""Pillow's JPEG plugin, without reading EXIF on its own, and with this project's words for a fault."""

import struct

from PIL import JpegImagePlugin

from imagesearch_ingest.images.faults import corrupt


class Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose resolution is not read from EXIF.

    No rule needs the resolution. An EXIF block of 64 kB can announce hundreds of megabytes, and Pillow would take them
    while it opens the file.
    """

    def _open(self) -> None:
        """Read the segments in front of the pixel data. Raise ``CORRUPT_IMAGE``."""
        try:
            super()._open()
        except (SyntaxError, OSError, LookupError, TypeError, ValueError, struct.error) as error:
            raise corrupt("JPEG", "its tables are broken") from error

    def _read_dpi_from_exif(self) -> None:
        """Do nothing."""
