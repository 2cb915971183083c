"""Decode a PNG with libvips, which scales it at the same time, or with Pillow, correcting what Pillow leaves wrong.

Pillow decides about each file that libvips refuses. It reads a colour key in the wrong unit for some depths, and does
not notice missing rows.
"""

import zlib

from PIL import Image, ImageFile

from imagesearch_ingest.images import vips
from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.formats.png.chunks import GREY, RGB, iterate_chunks
from imagesearch_ingest.images.formats.png.icc import read_profile
from imagesearch_ingest.images.formats.png.rows import ANY_WINDOW, are_rows_complete
from imagesearch_ingest.images.policy import Policy

_SCALED_BY_PILLOW = {2, 4, 8}  # bits of grey: Pillow scales the pixels to 8 bits, but not the colour key
_SAMPLES_WITH_COLOUR = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}  # by colour type, after a palette is replaced; without alpha
_WIDE = 16  # bits
# libvips keeps the whole of an interlaced image. Pillow keeps 4 bytes a pixel, whatever the depth.
_MOST_INTERLACED_BYTES = 256_000_000


def load(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode the default image, with its profile. Colour keys and partly clear palettes have become alpha.

    Raise ``CORRUPT_IMAGE``.
    """
    chunks = vips.get_bytes(opened)
    profile = read_profile(data)
    if _is_small_enough(chunks):
        decoded = vips.attempt(lambda: _load_with_libvips(opened, chunks, profile, policy))
        if decoded:
            return decoded
    return _load_with_pillow(opened, data, profile)


def _is_small_enough(chunks: bytes) -> bool:
    width, height = int.from_bytes(chunks[16:20], "big"), int.from_bytes(chunks[20:24], "big")
    depth, colour_type, interlaced = chunks[24], chunks[25], chunks[28]
    samples = _SAMPLES_WITH_COLOUR[colour_type] + 1
    return not interlaced or width * height * samples * (2 if depth == _WIDE else 1) <= _MOST_INTERLACED_BYTES


def _load_with_libvips(opened: ImageFile.ImageFile, chunks: bytes, profile: bytes | None, policy: Policy) -> Decoded:
    """Decode, scale, convert 16 bits by the profile and reduce them to 8. Raise ``pyvips.Error``."""
    image, scaled = vips.shrink(vips.open_image(chunks, "png"), policy)
    steps = [scaled]
    if image.format == "ushort":
        colours, alpha = vips.split_alpha(image)
        converted = vips.convert_to_srgb(colours, profile) if profile and not is_srgb(profile) else None
        if converted is not None:
            steps.append("rgb to srgb by its profile" if colours.bands > 1 else "grey to srgb by its profile")
            profile = None
        image = vips.join_alpha(vips.reduce_depth(colours) if converted is None else converted, alpha)
        steps.append("16 to 8 bits")
    result = vips.render(image)
    if profile:
        result.info["icc_profile"] = profile
    opened.info.setdefault("exif", find_exif(chunks))
    notes = tuple(step for step in steps if step)
    return describe(opened, result, steps=notes)


def find_exif(chunks: bytes) -> bytes | None:
    """Return the EXIF block, which may stand behind the pixels."""
    found = (chunks[start + 8 : end - 4] for kind, start, end in iterate_chunks(chunks) if kind == b"eXIf")
    return next(found, None)


def _load_with_pillow(opened: ImageFile.ImageFile, data: bytes, profile: bytes | None) -> Decoded:
    opened.load()
    _check_rows(opened, data)
    if profile:
        opened.info["icc_profile"] = profile
    key = opened.info.get("transparency")
    depth, colour_type = data[24], data[25]
    highest = 2**depth - 1
    if colour_type == RGB and isinstance(key, tuple):
        opened.info["transparency"] = tuple((level & highest) * 255 // highest for level in key)
    elif colour_type == GREY and isinstance(key, int) and depth in _SCALED_BY_PILLOW:
        opened.info["transparency"] = (key & highest) * 255 // highest
    return describe(opened, opened)


def _check_rows(image: Image.Image, data: bytes) -> None:
    """Raise ``CORRUPT_IMAGE`` if the pixel data ends before the last row, which Pillow then leaves black or
    transparent.

    Only an image whose last row is black or transparent is checked: the check takes half as long as decoding.
    """
    last = image.crop((0, image.height - 1, *image.size))
    if not any(last.tobytes()) and not _are_all_rows_there(data):
        raise corrupt("PNG", "its last rows are missing")


def _are_all_rows_there(data: bytes) -> bool:
    try:
        return are_rows_complete(data, ANY_WINDOW)
    except (ValueError, zlib.error):
        return False
