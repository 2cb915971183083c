"""Build files of every format, with all the metadata that the format allows. Each item contains the same word."""

import struct
from typing import Any

from PIL import Image, PngImagePlugin, TiffImagePlugin

from tests.decoders.profiles import display_p3, printing_press
from tests.decoders.sources import encoded, heic, png, png_chunk, quarters, smooth, to_image

WORD = b"PLANTED"
_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- PLANTED --></x:xmpmeta>'


def _exif() -> bytes:
    tags = Image.Exif()
    tags[0x010E] = WORD.decode()  # ImageDescription
    tags.get_ifd(0x8825)[0x001D] = WORD.decode()  # GPSDateStamp
    return tags.tobytes()


def _jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    """Add EXIF, XMP, a comment, IPTC in Photoshop's segment, a JFXX thumbnail, and trailing data."""
    data = encoded(image or to_image(), "JPEG", quality=95, exif=_exif(), xmp=_XMP, comment=WORD, **options)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", 12) + b"\x1c\x02\x05\0\x07" + WORD
    thumbnail = b"JFXX\0\x13\x02\x01" + WORD[:6]
    segments = ((0xED, iptc), (0xE0, thumbnail))
    extra = b"".join(b"\xff" + bytes((code,)) + struct.pack(">H", len(body) + 2) + body for code, body in segments)
    second = 4 + int.from_bytes(data[4:6], "big")
    return data[:second] + extra + data[second:] + WORD


def _png(data: bytes | None = None, **options: Any) -> bytes:
    """Add text of all three kinds, EXIF, a time, a private chunk, and trailing data."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", WORD.decode())
    notes.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    notes.add_text("Comment", WORD.decode(), zip=True)
    data = data or encoded(to_image(), "PNG", pnginfo=notes, exif=_exif(), **options)
    extra = png_chunk(b"tIME", b"\x07\xe8\1\1\1\1\1") + png_chunk(b"prVt", WORD) + png_chunk(b"tEXt", b"a\0" + WORD)
    return data[:33] + extra + data[33:] + WORD


def _gif(**options: Any) -> bytes:
    data = encoded(quarters().quantize(8), "GIF", comment=WORD, **options)
    application = b"\x21\xff\x0bXMP DataXMP" + bytes((len(WORD),)) + WORD + b"\0"
    start = 13 + (3 << ((data[10] & 7) + 1))
    return data[:start] + application + data[start:] + WORD


def _tiff(mode: str = "RGB", **options: Any) -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = tags[315] = tags[33432] = WORD.decode()
    tags[700] = _XMP
    return encoded(to_image().convert(mode), "TIFF", tiffinfo=tags, **options)


def _ppm() -> bytes:
    return b"P6\n# PLANTED\n320 208\n255\n" + smooth().tobytes() + WORD


_METADATA = {"exif": _exif(), "xmp": _XMP}
_FRAMES = {"save_all": True, "append_images": [Image.new("RGB", quarters().size)]}
PLANTED: dict[str, bytes] = {
    "jpeg": _jpeg(),
    "jpeg progressive": _jpeg(progressive=True),
    "jpeg grey": _jpeg(to_image().convert("L")),
    "jpeg rgb": _jpeg(keep_rgb=True),
    "jpeg cmyk": _jpeg(to_image().convert("CMYK"), icc_profile=printing_press()),
    "jpeg display p3": _jpeg(icc_profile=display_p3()),
    "mpo": encoded(to_image(), "MPO", exif=_exif(), **_FRAMES),
    "png": _png(),
    "png palette": _png(encoded(quarters().quantize(8), "PNG")),
    "png alpha": _png(encoded(to_image().convert("RGBA"), "PNG")),
    "png 16 bit": _png(png(smooth(highest=65535))),
    "png interlaced": _png(png(smooth(), interlaced=True)),
    "png 1 bit": _png(encoded(to_image().convert("1"), "PNG")),
    "apng": encoded(quarters(), "PNG", exif=_exif(), **_FRAMES),
    "gif": _gif(),
    "gif animated": _gif(**_FRAMES),
    "webp": encoded(to_image(), "WEBP", icc_profile=display_p3(), **_METADATA),
    "webp lossless": encoded(to_image(), "WEBP", lossless=True, **_METADATA),
    "webp alpha": encoded(to_image().convert("RGBA"), "WEBP", **_METADATA),
    "webp animated": encoded(quarters(), "WEBP", lossless=True, **_METADATA, **_FRAMES),
    "tiff": _tiff(),
    "tiff lzw": _tiff(compression="tiff_lzw"),
    "tiff cmyk": _tiff("CMYK"),
    "tiff jpeg": _tiff(compression="jpeg"),
    "tiff big": _tiff(big_tiff=True),
    "bmp": encoded(to_image(), "BMP") + WORD,
    "bmp palette": encoded(quarters().quantize(8), "BMP"),
    "avif": encoded(to_image(), "AVIF", icc_profile=display_p3(), **_METADATA),
    "heic": heic(to_image(), icc_profile=display_p3(), **_METADATA),
    "ppm": _ppm(),
    "pgm": encoded(to_image().convert("L"), "PPM"),
    "ppm in words": b"P3\n# PLANTED\n320 208\n255\n" + b" ".join(b"%d" % level for level in smooth().tobytes()) + b"\n",
}
