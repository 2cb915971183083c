"""Pillow's JPEG plugin, without reading EXIF on its own."""

from PIL import JpegImagePlugin


class Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose resolution is not read from EXIF.

    No rule needs the resolution. An EXIF block of 64 kB can announce hundreds of megabytes, and Pillow would take them
    while it opens the file.
    """

    def _read_dpi_from_exif(self) -> None:
        """Do nothing."""
