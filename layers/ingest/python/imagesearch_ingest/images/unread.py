"""Name the image formats that are not read, so that a message can say which one a file is in.

Signatures: the formats' own specifications. A short signature is checked together with the fields behind it: two bytes
alone also begin one random file in 65,536.
"""

import re
import struct

from imagesearch_ingest.images.markup import find_root

UNREAD_IMAGES = (
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x10\xff\x50", "JPEG XS"),
    (b"II\xbc\x00", "JPEG XR"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"\x97JB2\r\n\x1a\n", "JBIG2"),
    (b"\x8aMNG\r\n\x1a\n", "MNG"),
    (b"\x8bJNG\r\n\x1a\n", "JNG"),
    (b"8BPS\0\2", "Photoshop large document (PSB)"),
    (b"8BPS", "Photoshop (PSD)"),
    (b"gimp xcf", "GIMP (XCF)"),
    (b"Paint Shop Pro Image File", "Paint Shop Pro (PSP)"),
    (b"PDN3", "Paint.NET (PDN)"),
    (b"CSFCHUNK", "Clip Studio Paint"),
    (b"\x06\x06\xed\xf5\xd8\x1dF\xe5\xbd\x31\xef\xe7\xfe\x74\xb7\x1d", "InDesign"),
    (b"DDS |\0\0\0", "DirectDraw Surface (DDS)"),
    (b"\xabKTX 11\xbb\r\n\x1a\n", "KTX"),
    (b"\xabKTX 20\xbb\r\n\x1a\n", "KTX"),
    (b"PVR\x03", "PVR"),
    (b"\x13\xab\xa1\x5c", "ASTC"),
    (b"VTF\0", "Valve texture (VTF)"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"qoif", "QOI"),
    (b"FLIF", "FLIF"),
    (b"BPG\xfb", "BPG"),
    (b"icns", "Apple icon (ICNS)"),
    (b"\x01\xda\x00", "SGI"),
    (b"\x01\xda\x01", "SGI"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"\x80\x2a\x5f\xd7", "Cineon"),
    (b"\xb1\x68\xde\x3a", "PCX"),  # DCX: several pages of PCX
    (b"BLP1", "BLP"),
    (b"BLP2", "BLP"),
    (b"farbfeld", "farbfeld"),
    (b"Image type:", "IFUNC (IM)"),
    (b"FOR4", "Maya (IFF)"),
    (b"FOR8", "Maya (IFF)"),
    (b"\x52\xcc\0", "Utah RLE"),
    (b"AT&TFORM", "DjVu"),
    (b"SIMPLE  =", "FITS"),
    (b"/* XPM */", "X pixmap (XPM)"),
    (b"\xd7\xcd\xc6\x9a", "Windows metafile (WMF)"),
    (b"\1\0\x09\0\0\1", "Windows metafile (WMF)"),
    (b"\1\0\x09\0\0\3", "Windows metafile (WMF)"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"PF\n", "PFM"),
    (b"Pf\n", "PFM"),
    (b"PF4\n", "PFM"),
    (b"P7\n", "PAM"),
    (b"P7 332", "XV thumbnail"),
    (b"FUJIFILMCCD-RAW", "camera raw (RAF)"),
    (b"IIU\x00", "camera raw (RW2)"),
    (b"IIRO\x08\0", "camera raw (ORF)"),
    (b"IIRS\x08\0", "camera raw (ORF)"),
    (b"MMOR\0\0", "camera raw (ORF)"),
    (b"FOVb", "camera raw (X3F)"),
    (b"\0MRM", "camera raw (MRW)"),
    (b"ARRI\x12\x34\x56\x78", "camera raw (ARI)"),
)
_HEIF_WITH = {  # brands of ISO/IEC 23008-12, by the codec of their pictures
    **dict.fromkeys((b"avci", b"avcs"), "HEIF with AVC"),
    **dict.fromkeys((b"vvic", b"vvis"), "HEIF with VVC"),
    **dict.fromkeys((b"evbi", b"evmi", b"evbs", b"evms"), "HEIF with EVC"),
    **dict.fromkeys((b"jpeg", b"jpgs"), "HEIF with JPEG"),
    **dict.fromkeys((b"j2ki", b"j2is"), "HEIF with JPEG 2000"),
}
_LATER = ((6, b"HEAPCCDR", "camera raw (CRW)"), (128, b"DICM", "DICOM"), (2048, b"PCD_IPI", "Photo CD (PCD)"))
_XBM = re.compile(rb"(?:/\*.{0,200}?\*/\s*)?#define[ \t]+\S{1,80}_width[ \t]+[0-9]", re.DOTALL)
_IFF = {
    **dict.fromkeys((b"ILBM", b"PBM ", b"ACBM", b"DEEP", b"RGB8", b"RGBN", b"YUVN", b"VDEO", b"RGFX"), "Amiga (ILBM)"),
    b"IMAG": "CD-i (IMAG)",
}
_OS2 = {b"BA": "OS/2 bitmap array", **dict.fromkeys((b"IC", b"CI", b"PT", b"CP"), "OS/2 icon")}
_HEADER_BYTES = {12, 26, 40, 64, 78, 92}  # of OS/2, with and without the place of the pixels
_DIB_DEPTHS = {bytes((depth, 0)) for depth in (1, 4, 8, 16, 24, 32)}
_ICON_HEADER, _ICON_ENTRY = 6, 16  # bytes
_TGA_FOOTER = b"TRUEVISION-XFILE.\0"
_TGA_DEPTHS = {1: {8, 16}, 2: {15, 16, 24, 32}, 3: {8, 16}, 9: {8, 16}, 10: {15, 16, 24, 32}, 11: {8, 16}}
_PICT_HEADER = 512  # bytes of the application's own, before the picture


def name_image_format(data: bytes) -> str | None:
    """Return the name of an image format that is not read; ``None`` if the file is not an image."""
    if data[4:8] == b"ftyp":
        return "camera raw (CR3)" if data[8:12] == b"crx " else _HEIF_WITH.get(data[8:12])
    return find_magic(data, UNREAD_IMAGES) or next((name for check in _CHECKS if (name := check(data))), None)


def find_magic(data: bytes, table: tuple[tuple[bytes, str], ...]) -> str | None:
    """Return the name of the first row whose bytes begin the file."""
    return next((name for magic, name in table if data.startswith(magic)), None)


def _name_icon(data: bytes) -> str | None:
    """Check the fields of the first image, since the magic is short: it must lie in the file, behind the list."""
    if data[:4] == b"RIFF" and data[8:12] == b"ACON":
        return "animated Windows cursor (ANI)"
    if len(data) < 22 or data[:2] != b"\0\0" or data[9] != 0:  # noqa: PLR2004 (bytes of a list of one image)
        return None
    kind, count, length, place = struct.unpack_from("<2H8x2I", data, 2)
    if not count or not length or not _ICON_HEADER + _ICON_ENTRY * count <= place < len(data):
        return None
    return {1: "Windows icon (ICO)", 2: "Windows cursor (CUR)"}.get(kind)


def _name_svg(data: bytes) -> str | None:
    return "SVG" if find_root(data) == "svg" else None


def _name_emf(data: bytes) -> str | None:
    """Check the type of the first record, and its signature ([MS-EMF], section 2.2.9)."""
    return "Windows metafile (EMF)" if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF" else None


def _name_pcx(data: bytes) -> str | None:
    """Check every field of the header that has few values (ZSoft's technical reference)."""
    if len(data) < 128 or data[0] != 10 or data[1] not in {0, 2, 3, 4, 5} or data[2] > 1:  # noqa: PLR2004 (see above)
        return None
    left, top, right, bottom = struct.unpack_from("<4H", data, 4)
    sound = data[3] in {1, 2, 4, 8, 24} and left <= right and top <= bottom and 1 <= data[65] <= 4  # noqa: PLR2004
    return "PCX" if sound else None


def _name_targa(data: bytes) -> str | None:
    """Check the header's fields against each other: the format has no magic (Truevision's specification, 2.0).

    The footer of version 2 proves the rest. Without it, pixels that are not compressed must fit into the file.
    """
    if len(data) < 18:  # noqa: PLR2004 (bytes of the header)
        return None
    id_bytes, has_map, kind, _, colours, colour_bits = struct.unpack_from("<3BHHB", data)
    width, height, depth, flags = struct.unpack_from("<2H2B", data, 12)
    if has_map > 1 or depth not in _TGA_DEPTHS.get(kind, ()) or not width or not height or flags & 0xC0:
        return None
    if data.endswith(_TGA_FOOTER):
        return "Targa (TGA)"
    is_map_sound = colour_bits in {15, 16, 24, 32} and colours > 0 if has_map else colour_bits in {0, 8, 15, 16, 24, 32}
    if (kind in {1, 9} and not has_map) or not is_map_sound:
        return None
    colours *= has_map
    needed = 18 + id_bytes + colours * ((colour_bits + 7) // 8)
    needed += width * height * ((depth + 7) // 8) if kind <= 3 else height  # noqa: PLR2004 (above: run lengths)
    return "Targa (TGA)" if needed <= len(data) else None


def _name_pict(data: bytes) -> str | None:
    """Check the first operation of a QuickDraw picture, with and without the application's header."""
    is_second = any(data[at + 10 : at + 16] == b"\0\x11\2\xff\x0c\0" for at in (_PICT_HEADER, 0))
    is_first = not data[:_PICT_HEADER].strip(b"\0") and data[_PICT_HEADER + 10 : _PICT_HEADER + 12] == b"\x11\1"
    is_pict = is_first or is_second
    return "Macintosh picture (PICT)" if is_pict else None


def _name_wbmp(data: bytes) -> str | None:
    """Check that the file is exactly as long as its sides ask for: the format has no magic."""
    if data[:2] != b"\0\0":
        return None
    at, sides = 2, []
    for _ in range(2):
        side = 0
        while at < len(data) and data[at] & 0x80 and at < 10:  # noqa: PLR2004 (bytes of two sides)
            side, at = side << 7 | data[at] & 0x7F, at + 1
        side, at = side << 7 | (data[at] if at < len(data) else 0), at + 1
        sides.append(side)
    width, height = sides
    return "wireless bitmap (WBMP)" if width and height and at + (width + 7) // 8 * height == len(data) else None


def _name_os2(data: bytes) -> str | None:
    """Check the size of the header, since the signature has two letters. A bare header is a picture from memory."""
    if int.from_bytes(data[2:6], "little") in _HEADER_BYTES:
        return _OS2.get(data[:2])
    is_bare = data[:4] in {b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"} and data[12:14] == b"\1\0"
    return "BMP without its file header (DIB)" if is_bare and data[14:16] in _DIB_DEPTHS else None


def _name_xwd(data: bytes) -> str | None:
    """Check the size of the header, its version and the kind of its pixels (XWDFile.h)."""
    is_xwd = data[:2] == b"\0\0" and data[4:11] == b"\0\0\0\7\0\0\0" and data[11:12] < b"\3"
    return "X window dump (XWD)" if is_xwd else None


def _name_by_place(data: bytes) -> str | None:
    """Find the signatures that do not stand at the beginning."""
    if data[:4] in {b"FORM", b"CAT ", b"LIST"}:
        return _IFF.get(data[8:12])
    for place, magic, name in _LATER:
        if data.startswith(magic, place):
            return name
    if data[4:6] in {b"\x11\xaf", b"\x12\xaf"} and data[12:14] == b"\x08\0":
        return "FLIC animation"
    if data[:4] == b"RIFF" and data[8:11] == b"CDR":
        return "CorelDRAW"
    return "X bitmap (XBM)" if _XBM.match(data) else None


_CHECKS = (
    _name_icon,
    _name_svg,
    _name_emf,
    _name_pcx,
    _name_pict,
    _name_os2,
    _name_xwd,
    _name_by_place,
    _name_wbmp,
    _name_targa,
)
