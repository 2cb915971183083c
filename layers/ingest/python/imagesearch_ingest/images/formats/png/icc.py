"""Read the ICC profile of a PNG (W3C PNG, third edition, section 11.3.2.3)."""

import zlib

from imagesearch_ingest.images.formats.png.chunks import iterate_chunks
from imagesearch_ingest.images.limits import MAX_PROFILE_BYTES

_BROKEN = b"broken"


def inflate_profile(body: bytes) -> bytes:
    """Return the profile from the body of an iCCP chunk.

    Raise ``ValueError`` or ``zlib.error`` for a profile that is cut short or too long.
    """
    _, _, rest = body.partition(b"\0")
    inflater = zlib.decompressobj()
    profile = inflater.decompress(rest[1:], MAX_PROFILE_BYTES + 1)
    if not inflater.eof or len(profile) > MAX_PROFILE_BYTES:
        raise ValueError("a profile that cannot be read")
    return profile


def read_profile(data: bytes) -> bytes | None:
    """Return the embedded profile, ``None`` if there is none, and bytes that are not a profile for a broken one."""
    for kind, start, end in iterate_chunks(data):
        if kind == b"iCCP":
            try:
                return inflate_profile(data[start + 8 : end - 4])
            except (ValueError, zlib.error):
                return _BROKEN
        if kind == b"IDAT":
            return None
    return None
