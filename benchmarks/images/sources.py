"""The images to prepare, one per row of the tables. They are drawn once and kept in a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL import __version__ as pillow_version

from benchmarks.images.photograph import photograph, soft_mask
from benchmarks.images.profiles import adobe_rgb, display_p3, srgb

ORIENTATION = 0x0112  # EXIF 2.32
_MAKE, _MODEL, _DATE_TIME = 0x010F, 0x0110, 0x0132
_HORIZONTAL_DIFFERENCING = {317: 2}  # TIFF 6.0, section 14: what image editors write with LZW

Encoder = Callable[[Image.Image], bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """A row. Sides in pixels as stored; ``turned`` if width and height are exchanged for display."""

    name: str
    title: str
    width: int
    height: int
    encode: Encoder
    turned: bool = False
    tolerance: float = 2  # in levels, of the mean difference between outputs of different filters
    passes_as: str = "JPEG"  # the format of the output if the image passes through
    passes_in_full_chroma: bool = False  # whether an output that passed through is 4:4:4

    def draw(self, shrink: int = 1) -> bytes:
        """Return the file, or one of the same kind with sides divided by ``shrink``."""
        return self.encode(photograph(self.width // shrink, self.height // shrink, seed=self.width))

    def file(self, folder: Path) -> Path:
        """Return the file, drawing it if it is missing. Each version of Pillow has its own, since encoders differ."""
        path = folder / f"{self.name}-pillow-{pillow_version}"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(self.draw())
            unfinished.replace(path)
        return path


def _jpeg(image: Image.Image, orientation: int = 1, subsampling: str = "4:2:0", **options: object) -> bytes:
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_DATE_TIME] = "Drawn", "Benchmark", "2000:01:01 00:00:00"
    exif[ORIENTATION] = orientation
    return _save(image, "JPEG", quality=90, subsampling=subsampling, exif=exif, **options)


def _sideways(image: Image.Image) -> bytes:
    return _jpeg(image, orientation=6)


def _cmyk(image: Image.Image) -> bytes:
    """Encode without a profile, as most files are, and with Adobe's marker and inverted inks."""
    return _save(image.convert("CMYK"), "JPEG", quality=90)


def _cut_out(image: Image.Image) -> bytes:
    image.putalpha(soft_mask(*image.size))
    return _save(image, "PNG")


def _png(image: Image.Image) -> bytes:
    return _save(image, "PNG")


def _webp(image: Image.Image) -> bytes:
    return _save(image, "WEBP", quality=90)


def _tiff(image: Image.Image) -> bytes:
    return _save(image, "TIFF", compression="tiff_lzw", tiffinfo=_HORIZONTAL_DIFFERENCING)


def _gif(image: Image.Image) -> bytes:
    return _save(image.quantize(256), "GIF")


def _save(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


SOURCES = (
    Source("jpeg-1200", "1200 px JPEG", 1200, 900, _jpeg),
    Source("jpeg-12mp", "12 MP JPEG", 4032, 3024, _jpeg),
    Source("jpeg-12mp-rotated", "12 MP JPEG, orientation 6", 4032, 3024, _sideways, turned=True),
    Source("jpeg-48mp", "48 MP JPEG", 8064, 6048, _jpeg),
    Source("jpeg-12mp-srgb", "12 MP JPEG, sRGB profile", 4032, 3024, partial(_jpeg, icc_profile=srgb())),
    Source("jpeg-12mp-p3", "12 MP JPEG, Display P3", 4032, 3024, partial(_jpeg, icc_profile=display_p3())),
    Source("jpeg-12mp-adobe", "12 MP JPEG, Adobe RGB", 4032, 3024, partial(_jpeg, icc_profile=adobe_rgb())),
    Source(
        "jpeg-12mp-444",
        "12 MP JPEG, 4:4:4",
        4032,
        3024,
        partial(_jpeg, subsampling="4:4:4"),
        passes_in_full_chroma=True,
    ),
    Source("jpeg-12mp-progressive", "12 MP JPEG, progressive", 4032, 3024, partial(_jpeg, progressive=True)),
    Source("png-2000-alpha", "2000 px PNG, alpha", 2000, 1500, _cut_out),
    # Without a profile, libraries assume different inks: a formula, or the profile of a press.
    Source("jpeg-2000-cmyk", "2000 px CMYK JPEG", 2000, 1500, _cmyk, tolerance=30),
    Source("webp-2000", "2000 px WebP", 2000, 1500, _webp, passes_as="WEBP"),
    Source("tiff-6mp-lzw", "6 MP LZW TIFF", 3000, 2000, _tiff),
    Source("gif-1000", "1000 px GIF", 1000, 750, _gif, passes_as="GIF"),
    Source("png-24mp", "24 MP PNG", 6000, 4000, _png),
)
