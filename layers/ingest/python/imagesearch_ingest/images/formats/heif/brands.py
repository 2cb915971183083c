"""Tell images from videos, and AV1 from other codecs, in an ISO base media file (ISO/IEC 14496-12, section 4.3).

The items of a file say what it holds, since several codecs share the brand "mif1". The brands decide only if the items
cannot be read, as in a file that is cut.
"""

from imagesearch_ingest.images.formats.heif.container import read_container

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif3"}
_AVIF = {b"avif", b"avis"}
_AV1 = b"av01"
_LONGEST_LIST = 256  # bytes


def is_avif(data: bytes) -> bool:
    """Return whether the file holds AV1."""
    if data[4:8] != b"ftyp":
        return False
    kinds = _read_kinds(data)
    return _AV1 in kinds if kinds else has_avif_brand(data)


def is_heic(data: bytes) -> bool:
    """Return whether the file holds images in HEVC, or in a codec that is not read."""
    if data[4:8] != b"ftyp":
        return False
    if kinds := _read_kinds(data):
        return _AV1 not in kinds
    return has_heic_brand(data) and not has_avif_brand(data)


def has_heic_brand(data: bytes) -> bool:
    """Return whether the file calls itself HEIC, or HEIF in general."""
    return bool(_read_brands(data) & _HEIC)


def has_avif_brand(data: bytes) -> bool:
    """Return whether the file calls itself AVIF."""
    return bool(_read_brands(data) & _AVIF)


def rebrand(data: bytes, brand: bytes) -> bytes:
    """Return the file with another first brand."""
    return data[:8] + brand + data[12:]


def _read_kinds(data: bytes) -> set[bytes]:
    """Return the kinds of the items that the displayed image is made of."""
    container = read_container(data)
    return {item.kind for item in container.iterate_needed()} if container else set()


def _read_brands(data: bytes) -> set[bytes]:
    box = data[8 : max(16, min(int.from_bytes(data[:4], "big"), _LONGEST_LIST))]
    return {box[:4], *(box[at : at + 4] for at in range(8, len(box), 4))}
