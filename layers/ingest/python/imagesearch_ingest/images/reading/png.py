"""PNG: what Pillow does not look at.

Pillow skips the checksums of the pixel data, takes a file without its end, reads a colour key in the wrong unit for
some depths, and refuses a good picture over a bad comment. So the chunks are walked here first, and Pillow is handed
only those that make the picture. Rules: PNG specification, third edition (W3C), sections 5.3, 5.4, 11.3.
"""

import zlib

from PIL import Image, ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.reading.png_chunks import chunks
from imagesearch_ingest.images.reading.png_rows import ANY_WINDOW, are_whole
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_KEPT = _CRITICAL | {b"tRNS", b"eXIf"}
_MAX_PROFILE_BYTES = 4 * 1024 * 1024  # the largest in common use, for printing presses, are smaller
_GREY, _RGB, _PALETTE = 0, 2, 3  # colour types
_KEY_BYTES = {_GREY: 2, _RGB: 6}
_SCALED_BY_PILLOW = {2, 4, 8}  # bits of grey whose pixels Pillow brings to 8, but not their key


def critical_chunks(data: bytes) -> bytes:
    """The file without its comments, times and animation. Raises ``CORRUPT_IMAGE`` for damage to any critical chunk.

    What is left is the default image: the first frame of an animation, or the picture meant in its place.
    """
    view = memoryview(data)
    kept = [view[:8]]
    seen: dict[bytes, int] = {}  # lengths of the bodies
    for kind, start, end in chunks(data):
        intact = zlib.crc32(view[start + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        if kind[0] & 0x20 == 0:
            _check_critical(kind, intact)
        if kind in _KEPT and intact and (kind != b"tRNS" or _is_usable(end - start - 12, seen, data[25])):
            kept.append(view[start:end])
            seen[kind] = end - start - 12
    if data[25] == _PALETTE and (b"PLTE" not in seen or seen[b"PLTE"] % 3):
        raise corrupt("PNG", "its palette is missing or broken")
    return b"".join(kept)


def _is_usable(length: int, seen: dict[bytes, int], colour_type: int) -> bool:
    """Transparency counts once, behind the palette, in its right length; else decoders ignore it (section 11.3.1)."""
    if b"tRNS" in seen:
        return False
    return length <= seen.get(b"PLTE", 0) // 3 if colour_type == _PALETTE else length == _KEY_BYTES.get(colour_type)


def load(image: ImageFile.ImageFile, data: bytes) -> Image.Image:
    """With its profile, and its colour key in the unit of the pixels that Pillow makes."""
    image.load()
    _check_rows(image, data)
    if profile := _profile(data):
        image.info["icc_profile"] = profile
    key = image.info.get("transparency")
    depth, colour_type = data[24], data[25]
    highest = 2**depth - 1
    if colour_type == _RGB and isinstance(key, tuple):
        image.info["transparency"] = tuple((level & highest) * 255 // highest for level in key)
    elif colour_type == _GREY and isinstance(key, int) and depth in _SCALED_BY_PILLOW:
        image.info["transparency"] = (key & highest) * 255 // highest
    return image


def is_animated(data: bytes) -> bool:
    return any(kind == b"acTL" for kind, _, _ in chunks(data))


def _check_critical(kind: bytes, intact: bool) -> None:  # noqa: FBT001 (a private verdict, passed once)
    name = kind.decode("ascii", "replace")
    if not name.isalpha() or (kind in _CRITICAL and not intact):
        raise corrupt(
            "PNG", f"the checksum of its {name} chunk is wrong" if name.isalpha() else "its chunks are broken"
        )
    if kind not in _CRITICAL:
        raise IngestError(Reason.UNSUPPORTED_FORMAT, f"a PNG of a private kind, with the critical chunk {name}")


def _check_rows(image: Image.Image, data: bytes) -> None:
    """Raises ``CORRUPT_IMAGE`` when the pixel data ends before the last row, which Pillow takes for black or clear.

    Only a picture that ends so is suspected: the proof takes half as long as the decoding did.
    """
    last = image.crop((0, image.height - 1, *image.size))
    if not any(last.tobytes()) and not _are_rows_whole(data):
        raise corrupt("PNG", "its last rows are missing")


def _are_rows_whole(data: bytes) -> bool:
    try:
        return are_whole(data, ANY_WINDOW)
    except (ValueError, zlib.error):
        return False


def inflated_profile(body: bytes) -> bytes:
    """Of an iCCP chunk: behind its name and its method of compression. Raises ``ValueError`` or ``zlib.error`` for one
    that is cut, or longer than profiles are.
    """
    _, _, rest = body.partition(b"\0")
    inflater = zlib.decompressobj()
    profile = inflater.decompress(rest[1:], _MAX_PROFILE_BYTES + 1)
    if not inflater.eof or len(profile) > _MAX_PROFILE_BYTES:
        raise ValueError("a profile that cannot be read")
    return profile


def _profile(data: bytes) -> bytes | None:
    """The embedded profile; ``b"broken"`` when there is one that cannot be read."""
    for kind, start, end in chunks(data):
        if kind == b"iCCP":
            try:
                return inflated_profile(data[start + 8 : end - 4])
            except (ValueError, zlib.error):
                return b"broken"
        if kind == b"IDAT":
            return None
    return None
