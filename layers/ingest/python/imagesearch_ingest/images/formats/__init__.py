"""List the file formats that are read. Each has a folder, and a row in this list.

A format is recognised by the first row that matches. Messages name the formats in this order.
"""

from imagesearch_ingest.images.formats.bmp import BMP
from imagesearch_ingest.images.formats.format import Format
from imagesearch_ingest.images.formats.gif import GIF
from imagesearch_ingest.images.formats.heif import AVIF, HEIC
from imagesearch_ingest.images.formats.jpeg import JPEG
from imagesearch_ingest.images.formats.netpbm import NETPBM
from imagesearch_ingest.images.formats.png import PNG
from imagesearch_ingest.images.formats.tiff import describe_tiff
from imagesearch_ingest.images.formats.webp import WEBP

TIFF = describe_tiff(JPEG)
FORMATS: tuple[Format, ...] = (PNG, JPEG, BMP, GIF, WEBP, TIFF, NETPBM, AVIF, HEIC)

__all__ = ["FORMATS", "Format"]
