"""Strip a TIFF of one page of grey, RGB or palette colours, in strips or tiles (TIFF 6.0, part 1).

A new directory is written, in the byte order of the file, with the tags that decoding needs. Strips and tiles are
copied unchanged. Everything else is removed: descriptions, resolution, the directories of EXIF and GPS, XMP, IPTC,
Photoshop data, the profile, and bytes that no tag refers to.
"""

from PIL import Image

from imagesearch_ingest.images.formats.directory import LONG, SHORT
from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.tiff.layout import cut_pieces, read_bits, read_layout
from imagesearch_ingest.images.formats.tiff.page import Page
from imagesearch_ingest.images.formats.tiff.write import Numbers, write_page
from imagesearch_ingest.images.limits import MAX_PROFILE_BYTES
from imagesearch_ingest.images.pillow import Plugin, open_header

PLUGIN = Plugin("PIL.TiffImagePlugin", "TiffImageFile")

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 259, 262, 277
_PREDICTOR, _COLOURS, _SAMPLE_FORMAT, _PROFILE = 317, 320, 339, 34675
_AS_DEFAULT = {254: 0, 255: 1, 266: 1, 274: 1, 284: 1, 32997: 1}  # whole page, bit order, orientation, chunky, depth
_USED = {*range(256, 260), 262, 273, *range(277, 280), 317, 320, *range(322, 326), _SAMPLE_FORMAT, *_AS_DEFAULT}
_UNSUITABLE = {330, 338, 50706}  # further pages, alpha and other samples, the version of a DNG
_POINTERS = {34665, 34853}  # to further directories, which would look like trailing data
_RAW, _LZW, _PACKBITS, _DEFLATE = 1, 5, 32773, {8, 32946}
_COMPRESSIONS = {_RAW, _LZW, _PACKBITS, *_DEFLATE}
_BY_PALETTE = 3
_LAYOUTS = {(0, (1,)), (0, (8,)), (1, (1,)), (1, (8,)), (2, (8, 8, 8)), *((3, (bits,)) for bits in (1, 4, 8))}
_DIFFERENCES, _WITH_DIFFERENCES = 2, {_LZW, *_DEFLATE}
_NAMES = {
    **dict.fromkeys((269, 270, 271, 272, 285, 305, 315, 316, 33432), "text"),
    **dict.fromkeys((282, 283, 296), "resolution"),
    306: "time",
    700: "XMP",
    33723: "IPTC",
    34377: "Photoshop data",
    34665: "EXIF",
    34853: "GPS",
    _PROFILE: "ICC profile",
}


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    page = Page(data)
    if not _is_plain(page):
        return None
    colours = _read_colours(page)
    layout = read_layout(page)
    pieces, end = cut_pieces(data, page, layout)
    numbers = {**colours, **layout.numbers, layout.counts: (LONG, tuple(map(len, pieces)))}
    removed = [_NAMES.get(tag, "other tags") for tag in page.tags if tag not in _USED]
    is_more = max(end, page.end) + 1 < len(data) and not _POINTERS.intersection(page.tags)
    return StrippedImage(
        data=write_page(page.magic, numbers, (layout.offsets, pieces)),
        width=page.number(_WIDTH),
        height=page.number(_LENGTH),
        removed=tuple(dict.fromkeys(removed + ["trailing data"] * is_more)),
        profile=page.raw(_PROFILE),
    )


def is_decodable(stripped: StrippedImage) -> Image.Image | None:
    """Return the whole image, decoded. ``strip`` has checked that the pieces cover it; Pillow does not check it."""
    from imagesearch_ingest.images.formats.tiff.libtiff import silence_libtiff  # noqa: PLC0415 (imports ctypes)

    image = open_header(stripped.data, PLUGIN)
    silence_libtiff()
    image.load()
    return image if image.size == (stripped.width, stripped.height) else None


def _is_plain(page: Page) -> bool:
    if _UNSUITABLE.intersection(page.tags):
        return False
    if any(page.number(tag, default) != default for tag, default in _AS_DEFAULT.items()):
        return False
    return len(page.raw(_PROFILE) or b"") <= MAX_PROFILE_BYTES


def _read_colours(page: Page) -> Numbers:
    """Return the tags that say what a sample is.

    Raise ``ValueError`` unless it is grey, RGB or palette of up to 8 bits.
    """
    bits, predictor = read_bits(page), page.number(_PREDICTOR, 1)
    photometric, compression = page.number(_PHOTOMETRIC), page.number(_COMPRESSION)
    if (photometric, bits) not in _LAYOUTS or compression not in _COMPRESSIONS:
        raise ValueError("colours or a compression that have to be decoded")
    if _SAMPLE_FORMAT in page.tags and set(page.numbers(_SAMPLE_FORMAT, len(bits))) != {1}:
        raise ValueError("samples that are not unsigned")
    if predictor != 1 and (predictor != _DIFFERENCES or compression not in _WITH_DIFFERENCES or bits[0] != 8):  # noqa: PLR2004 (bits)
        raise ValueError("an unusual predictor")
    found = {_BITS: bits, _COMPRESSION: (compression,), _PHOTOMETRIC: (photometric,), _SAMPLES: (len(bits),)}
    if photometric == _BY_PALETTE:
        found[_COLOURS] = page.numbers(_COLOURS, 3 << bits[0])
        if 0 < max(found[_COLOURS]) < 256:  # noqa: PLR2004 (levels)
            raise ValueError("palette levels of 8 bits by mistake: some readers guess it, some show black")
    if predictor == _DIFFERENCES:
        found[_PREDICTOR] = (predictor,)
    return {tag: (SHORT, values) for tag, values in found.items()}
