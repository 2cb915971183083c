"""Strip a PNG to its critical chunks, each with the right checksum, in order (W3C PNG, third edition, section 5.6).

Text, time, EXIF, XMP, profile, resolution, private chunks and trailing data are removed. So are gamma, chromaticities
and coding points, which are ignored in encoded images, too (docs/pictures.md). A palette is kept only if pixels point
into it; otherwise it is a mere suggestion.
"""

import re
import struct
import zlib
from collections.abc import Sequence
from itertools import islice

from imagesearch_ingest.images.blank import MAX_CONTRAST_OF_NOISE
from imagesearch_ingest.images.contrast import exceeds_contrast
from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.png.chunks import GREY, PALETTE, RGB, SIGNATURE, iterate_chunks
from imagesearch_ingest.images.formats.png.icc import inflate_profile
from imagesearch_ingest.images.formats.png.rows import ANNOUNCED_WINDOW, are_rows_complete
from imagesearch_ingest.images.pillow import Plugin, open_header
from imagesearch_ingest.images.vips import open_image

PLUGIN = Plugin("PIL.PngImagePlugin", "PngImageFile")
_HEADER = 13  # bytes of IHDR's body
_FIRST = len(SIGNATURE) + 25  # where the chunk after IHDR begins
_MAX_CHUNKS = 20_000  # 4 MiB in chunks of 4 KiB, as some encoders write them, are a twentieth of that
_LETTERS = {b"IHDR": "H", b"PLTE": "P", b"IDAT": "D", b"IEND": "E"}
_ORDER = re.compile("Hx*(?:(P)x*)?D+x*E")
_UNSUITABLE = {b"tRNS", b"acTL"}  # transparency, animation
_BLOCKS = {b"eXIf", b"iCCP"}  # removed chunks that are read elsewhere
_DEPTHS = {GREY: {1, 2, 4, 8}, RGB: {8}, PALETTE: {1, 2, 4, 8}}
_XMP = b"XML:com.adobe.xmp\0"
_NAMES = {
    **dict.fromkeys((b"tEXt", b"zTXt", b"iTXt"), "text"),
    **dict.fromkeys((b"gAMA", b"cHRM", b"sRGB", b"cICP"), "colour space"),
    **dict.fromkeys((b"PLTE", b"sPLT", b"hIST"), "suggested palette"),
    b"tIME": "time",
    b"eXIf": "EXIF",
    b"iCCP": "ICC profile",
    b"pHYs": "resolution",
}

_Chunk = tuple[bytes, bytes]  # its kind; the whole of it, from its length to its checksum


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    width, height, depth, colour_type, *methods = struct.unpack_from(">IIBBBBB", data, len(SIGNATURE) + 8)
    if not data.startswith(SIGNATURE) or depth not in _DEPTHS.get(colour_type, ()) or methods[:2] != [0, 0]:
        return None
    found = [(kind, data[start:end]) for kind, start, end in islice(iterate_chunks(data), _MAX_CHUNKS)]
    if (
        len(_get_body(found[0])) != _HEADER
        or methods[2] > 1
        or not _are_plain(found)
        or not _is_palette_legal(found, depth, colour_type)
    ):
        return None
    kept = set(_LETTERS) if colour_type == PALETTE else set(_LETTERS) - {b"PLTE"}
    removed = [_name_chunk(chunk) for chunk in found if chunk[0] not in kept]
    trailing = ["trailing data"] if len(SIGNATURE) + sum(len(whole) for _, whole in found) < len(data) else []
    exif, packed = (
        next((_get_body(chunk) for chunk in found if chunk[0] == kind), None) for kind in (b"eXIf", b"iCCP")
    )
    return StrippedImage(
        data=SIGNATURE + b"".join(whole for kind, whole in found if kind in kept),
        width=width,
        height=height,
        removed=tuple(dict.fromkeys(removed + trailing)),
        exif=None if exif is None else exif.removeprefix(b"Exif\0\0"),
        profile=None if packed is None else inflate_profile(packed),
    )


def is_decodable(stripped: StrippedImage) -> bool:
    """Inflate the rows and count them; unfiltering them cannot fail.

    A pixel beyond the end of a short palette is refused: decoders show it differently.
    """
    if not are_rows_complete(stripped.data, ANNOUNCED_WINDOW):
        return False
    depth, colour_type = stripped.data[24], stripped.data[25]
    entries = int.from_bytes(stripped.data[_FIRST : _FIRST + 4], "big") // 3
    if colour_type != PALETTE or entries == 2**depth:
        return True
    _, highest = open_header(stripped.data, PLUGIN).getextrema()
    return isinstance(highest, int) and highest < entries


def has_contrast(stripped: StrippedImage) -> bool:
    """Return whether the image has too much contrast to be blank. Proving that it decodes unfilters no pixel."""
    return exceeds_contrast(open_image(stripped.data, "png"), MAX_CONTRAST_OF_NOISE)


def _are_plain(found: Sequence[_Chunk]) -> bool:
    """Return whether the chunks are in order and intact, without transparency, animation or unknown critical chunks."""
    kinds = [kind for kind, _ in found]
    if not _ORDER.fullmatch("".join(_LETTERS.get(kind, "x") for kind in kinds)) or _UNSUITABLE.intersection(kinds):
        return False
    if any(kind not in _LETTERS and not kind[0] & 0x20 for kind in kinds):
        return False
    if len(_get_body(found[0])) != _HEADER or _get_body(found[-1]):
        return False
    blocks = [kind for kind in kinds if kind in _BLOCKS]
    read = (whole for kind, whole in found if kind in _LETTERS or kind in _BLOCKS)
    return len(blocks) == len(set(blocks)) and all(_is_intact(whole) for whole in read)


def _is_intact(whole: bytes) -> bool:
    return zlib.crc32(memoryview(whole)[4:-4]) == int.from_bytes(whole[-4:], "big")


def _is_palette_legal(found: Sequence[_Chunk], depth: int, colour_type: int) -> bool:
    palette = next((_get_body(chunk) for chunk in found if chunk[0] == b"PLTE"), None)
    if palette is None:
        return colour_type != PALETTE
    most = 2**depth if colour_type == PALETTE else 256
    return colour_type != GREY and len(palette) % 3 == 0 and 0 < len(palette) <= 3 * most


def _name_chunk(chunk: _Chunk) -> str:
    kind, whole = chunk
    return "XMP" if kind == b"iTXt" and whole.startswith(_XMP, 8) else _NAMES.get(kind, "other chunks")


def _get_body(chunk: _Chunk) -> bytes:
    return chunk[1][8:-4]
