"""Open a WebP without the memory of two canvases that Pillow's plugin takes for every file, animated or not."""

from io import BytesIO
from typing import IO

from PIL import Image, ImageFile, WebPImagePlugin

from imagesearch_ingest.images import vips
from imagesearch_ingest.images.formats.webp.container import blame_image

_ALPHA_BANDS = 4
_KEPT = {"exif-data": "exif", "icc-profile-data": "icc_profile"}  # libvips' names, and Pillow's


class Still(ImageFile.ImageFile):
    """The header of a still WebP, as libvips reads it. ``load.load`` reads the pixels."""

    format = "WEBP"
    is_still = True

    def __init__(self, file: IO[bytes], mode: str, size: tuple[int, int], info: dict[str, bytes]) -> None:
        self._header = mode, size, info
        super().__init__(file)

    def _open(self) -> None:
        self._mode, self._size, info = self._header
        self.info.update(info)


def open_webp(file: BytesIO) -> Image.Image:
    """Return the image after its header. Pillow opens animations, and what libvips refuses.

    Raise ``CORRUPT_IMAGE``.
    """
    data = file.getvalue()
    header = vips.attempt(lambda: vips.open_image(data, "webp"))
    if header is None or (header.get_typeof("n-pages") and header.get("n-pages") > 1):
        with blame_image():
            return WebPImagePlugin.WebPImageFile(file)
    info = {ours: header.get(theirs) for theirs, ours in _KEPT.items() if header.get_typeof(theirs)}
    return Still(file, "RGBA" if header.bands == _ALPHA_BANDS else "RGB", (header.width, header.height), info)
