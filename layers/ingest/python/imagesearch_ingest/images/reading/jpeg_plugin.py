"""Pillow's JPEG plugin without what it reads of its own accord."""

from PIL import JpegImagePlugin


class Jpeg(JpegImagePlugin.JpegImageFile):
    def _read_dpi_from_exif(self) -> None:
        """Nothing: no rule asks for the resolution, and an EXIF block of 64 kB can announce hundreds of megabytes,
        which Pillow would take while it opens the file.
        """
