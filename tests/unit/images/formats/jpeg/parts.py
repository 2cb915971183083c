"""Take JPEGs apart and put them together, for tests."""

import struct

from PIL import Image

from tests.unit.images.pictures import encoded

EOI = b"\xff\xd9"
SOS = b"\xff\xda"


def segment(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body


def with_segment(data: bytes, inserted: bytes) -> bytes:
    """Insert bytes in front of all segments."""
    return data[:2] + inserted + data[2:]


def behind_frame(data: bytes, inserted: bytes) -> bytes:
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:end] + inserted + data[end:]


def exif_of(orientation: int, kind: int = 3) -> bytes:
    """Return an EXIF segment whose orientation has this type: 1 a byte, 3 a short, 4 a long."""
    value = {
        1: struct.pack(">B3x", orientation),
        3: struct.pack(">H2x", orientation),
        4: struct.pack(">I", orientation),
    }
    entry = struct.pack(">HHI", 0x0112, kind, 1) + value[kind]
    return segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + bytes(4))


def profile_segment(profile: bytes, number: int = 1, count: int = 1) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0" + bytes((number, count)) + profile)


def data_of_scan(data: bytes, number: int = 0) -> tuple[int, int]:
    """Return where the pixel data of a scan begins and ends, in a file without other 0xFFDA."""
    at = -1
    for _ in range(number + 1):
        at = data.index(SOS, at + 1)
    start = end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    while data[end] != 0xFF or data[end + 1] in {0x00, *range(0xD0, 0xD8)}:
        end += 1
    return start, end


def non_interleaved(image: Image.Image) -> bytes:
    """Return a sequential JPEG with a scan for each component, joined from three grey ones."""
    grey = [encoded(band, "JPEG", quality=90) for band in image.convert("YCbCr").split()]
    first, at = grey[0], grey[0].index(b"\xff\xc0")
    frame = segment(0xC0, first[at + 4 : at + 9] + b"\3" + b"".join(bytes((n, 0x11, 0)) for n in (1, 2, 3)))
    scans = []
    for number, part in enumerate(grey, 1):
        start, end = data_of_scan(part)
        scans.append(segment(0xDA, bytes((1, number, 0, 0, 63, 0))) + part[start:end])
    sos = first.index(SOS)
    return first[:at] + frame + first[at + 13 : sos] + b"".join(scans) + EOI
