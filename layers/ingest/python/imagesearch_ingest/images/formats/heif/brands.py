"""Tell images from videos by the brands of an ISO base media file (ISO/IEC 14496-12, section 4.3)."""

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
_LONGEST_LIST = 256  # bytes


def is_avif(data: bytes) -> bool:
    """Return whether the file holds AV1."""
    return bool(_read_brands(data) & _AVIF)


def is_heic(data: bytes) -> bool:
    """Return whether the file holds HEVC. AVIF files name general brands of HEIF, too."""
    brands = _read_brands(data)
    return bool(brands & _HEIC) and not brands & _AVIF


def _read_brands(data: bytes) -> set[bytes]:
    if data[4:8] != b"ftyp":
        return set()
    box = data[8 : max(16, min(int.from_bytes(data[:4], "big"), _LONGEST_LIST))]
    return {box[:4], *(box[at : at + 4] for at in range(8, len(box), 4))}
