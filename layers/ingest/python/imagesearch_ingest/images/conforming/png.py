"""PNG: the four critical chunks, each with its right checksum, in their order (W3C PNG, third edition, section 5.6).

Text, time, EXIF, XMP, profile, resolution and private chunks are cut, and so is what follows the end. Gamma,
chromaticities and coding points are cut as well, as the ordinary path ignores them (docs/pictures.md). A palette is
kept only where pixels point into it; elsewhere it merely suggests one.
"""

import re
import struct
import zlib
from collections.abc import Sequence
from itertools import islice

from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.reading.pillow import open_header
from imagesearch_ingest.images.reading.png import inflated_profile
from imagesearch_ingest.images.reading.png_chunks import chunks
from imagesearch_ingest.images.reading.png_rows import ITS_OWN_WINDOW, are_whole

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = 13  # bytes of IHDR's body
_FIRST = len(_SIGNATURE) + 25  # where the chunk after IHDR begins
_MAX_CHUNKS = 20_000  # a picture of 4 MiB in pieces of 4 KiB, as some encoders write them, has a twentieth
_LETTERS = {b"IHDR": "H", b"PLTE": "P", b"IDAT": "D", b"IEND": "E"}
_ORDER = re.compile("Hx*(?:(P)x*)?D+x*E")
_TOUCHED = {b"tRNS", b"acTL"}  # transparency, animation
_BLOCKS = {b"eXIf", b"iCCP"}  # what others will read from the cut
_GREY, _RGB, _PALETTE = 0, 2, 3  # colour types without alpha
_DEPTHS = {_GREY: {1, 2, 4, 8}, _RGB: {8}, _PALETTE: {1, 2, 4, 8}}
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


def parse(data: bytes) -> Bare | None:
    width, height, depth, colour_type, *methods = struct.unpack_from(">IIBBBBB", data, len(_SIGNATURE) + 8)
    if not data.startswith(_SIGNATURE) or depth not in _DEPTHS.get(colour_type, ()) or methods[:2] != [0, 0]:
        return None
    found = [(kind, data[start:end]) for kind, start, end in islice(chunks(data), _MAX_CHUNKS)]
    if (
        len(_body(found[0])) != _HEADER
        or methods[2] > 1
        or not _are_plain(found)
        or not _is_palette_legal(found, depth, colour_type)
    ):
        return None
    kept = set(_LETTERS) if colour_type == _PALETTE else set(_LETTERS) - {b"PLTE"}
    cut = [_name(chunk) for chunk in found if chunk[0] not in kept]
    trailing = ["trailing data"] if len(_SIGNATURE) + sum(len(whole) for _, whole in found) < len(data) else []
    exif, packed = (next((_body(chunk) for chunk in found if chunk[0] == kind), None) for kind in (b"eXIf", b"iCCP"))
    return Bare(
        data=_SIGNATURE + b"".join(whole for kind, whole in found if kind in kept),
        width=width,
        height=height,
        removed=tuple(dict.fromkeys(cut + trailing)),
        exif=None if exif is None else exif.removeprefix(b"Exif\0\0"),
        profile=None if packed is None else inflated_profile(packed),
    )


def decodes(bare: Bare) -> bool:
    """Its rows inflate to what they must be; unfiltering them cannot fail. Decoders differ on pixels that point past
    the end of a palette, so where there can be such, they are looked for.
    """
    if not are_whole(bare.data, ITS_OWN_WINDOW):
        return False
    depth, colour_type = bare.data[24], bare.data[25]
    entries = int.from_bytes(bare.data[_FIRST : _FIRST + 4], "big") // 3
    if colour_type != _PALETTE or entries == 2**depth:
        return True
    _, highest = open_header(bare.data, "PNG").getextrema()
    return isinstance(highest, int) and highest < entries


def _are_plain(found: Sequence[_Chunk]) -> bool:
    """In order, and nothing among them that shows through, moves, is unknown and yet critical, or is broken."""
    kinds = [kind for kind, _ in found]
    if not _ORDER.fullmatch("".join(_LETTERS.get(kind, "x") for kind in kinds)) or _TOUCHED.intersection(kinds):
        return False
    if any(kind not in _LETTERS and not kind[0] & 0x20 for kind in kinds):
        return False
    if len(_body(found[0])) != _HEADER or _body(found[-1]):
        return False
    blocks = [kind for kind in kinds if kind in _BLOCKS]
    read = (whole for kind, whole in found if kind in _LETTERS or kind in _BLOCKS)
    return len(blocks) == len(set(blocks)) and all(_is_intact(whole) for whole in read)


def _is_intact(whole: bytes) -> bool:
    return zlib.crc32(memoryview(whole)[4:-4]) == int.from_bytes(whole[-4:], "big")


def _is_palette_legal(found: Sequence[_Chunk], depth: int, colour_type: int) -> bool:
    palette = next((_body(chunk) for chunk in found if chunk[0] == b"PLTE"), None)
    if palette is None:
        return colour_type != _PALETTE
    most = 2**depth if colour_type == _PALETTE else 256
    return colour_type != _GREY and len(palette) % 3 == 0 and 0 < len(palette) <= 3 * most


def _name(chunk: _Chunk) -> str:
    kind, whole = chunk
    return "XMP" if kind == b"iTXt" and whole.startswith(_XMP, 8) else _NAMES.get(kind, "other chunks")


def _body(chunk: _Chunk) -> bytes:
    return chunk[1][8:-4]
