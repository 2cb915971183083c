"""Decode a BMP. Pillow's own decoder draws stripes for some run lengths, and reads few bit fields and palettes."""

from PIL import Image, ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.bmp.fields import split_fields
from imagesearch_ingest.images.formats.bmp.header import Header, Packing, read_header
from imagesearch_ingest.images.formats.bmp.runs import decode_runs
from imagesearch_ingest.images.formats.format import Decoded, Inspection, describe
from imagesearch_ingest.images.pillow import Plugin
from imagesearch_ingest.images.policy import Policy

PLUGIN = Plugin("PIL.BmpImagePlugin", "BmpImageFile")
_PLAIN = {1: ("P", "P;1"), 2: ("P", "P;2"), 4: ("P", "P;4"), 8: ("P", "P"), 24: ("RGB", "BGR"), 32: ("RGB", "BGRX")}
_UPWARDS, _DOWNWARDS = -1, 1


def inspect(data: bytes, _: Policy) -> Inspection:
    """Return a header of the same size that Pillow reads: the pixels are decoded here.

    Raise ``CORRUPT_IMAGE`` for a broken header, ``UNSUPPORTED_FORMAT`` for kinds of BMP that are not read.
    """
    header = read_header(data)
    sides = header.width.to_bytes(4, "little") + header.height.to_bytes(4, "little")
    return Inspection(b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + sides + b"\1\0\x18\0" + bytes(24), is_animated=False)


def load(opened: ImageFile.ImageFile, data: bytes, _policy: Policy) -> Decoded:
    """Decode the image, and drop an alpha band of zeros: its writer left it unset, and browsers ignore it, too.

    Raise ``CORRUPT_IMAGE`` if pixels are missing.
    """
    header = read_header(data)
    if header.packing.is_runs:
        image = _draw_runs(data, header)
    else:
        image = _read_rows(data, header)
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
            image = image.convert("RGB")
    if header.profile:
        image.info["icc_profile"] = header.profile
    return describe(opened, image)


def _read_rows(data: bytes, header: Header) -> Image.Image:
    """Return pixels that are stored in rows. The padding behind the last row may be missing."""
    needed = header.stride * header.height
    rows = data[header.offset : header.offset + needed]
    if len(rows) < needed - header.stride + header.row_bytes:
        raise corrupt("BMP", "its last rows are missing")
    whole = rows.ljust(needed, b"\0")
    if header.packing is Packing.FIELDS or header.depth not in _PLAIN:
        return split_fields(whole, header)
    return _draw(whole, header, *_PLAIN[header.depth], header.stride)


def _draw_runs(data: bytes, header: Header) -> Image.Image:
    samples, opacity = decode_runs(data, header)
    mode, raw, unit = ("RGB", "BGR", 3) if header.packing is Packing.RUNS_24 else ("P", "P", 1)
    image = _draw(samples, header, mode, raw, unit * header.width)
    if opacity is None:
        return image
    image = image.convert("RGB")
    image.putalpha(_draw(opacity, header, "L", "L", header.width))
    return image


def _draw(rows: bytes, header: Header, mode: str, raw: str, stride: int) -> Image.Image:
    direction = _DOWNWARDS if header.is_top_down else _UPWARDS
    image = Image.frombuffer(mode, (header.width, header.height), rows, "raw", raw, stride, direction)
    if mode == "P":
        image.putpalette(header.palette, "BGR")
    return image
