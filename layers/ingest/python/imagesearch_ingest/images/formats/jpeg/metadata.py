"""Read what a JPEG's application segments say: EXIF, the ICC profile, and names for people."""

from collections.abc import Iterator

from imagesearch_ingest.images.formats.jpeg.structure import Segment, Structure

APP0, APP1, APP2, APP14, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_EXIF, _ICC = b"Exif\0", b"ICC_PROFILE\0"
_SIGNATURE = slice(36, 40)  # of a profile (ICC.1:2022, 7.2.9)
_NAMED = (
    (_EXIF, "EXIF"),
    (b"http://ns.adobe.com/x", "XMP"),
    (_ICC, "ICC profile"),
    (b"Photoshop 3.0\0", "IPTC"),
    (b"MPF\0", "list of further pictures"),
    (b"JFXX\0", "thumbnail"),
)


def read_exif(structure: Structure) -> bytes | None:
    """Return the first EXIF block, from its byte order mark on. Its second zero byte may be another one."""
    return next((body[6:] for body in structure.find_bodies(APP1, _EXIF)), None)


def read_profile(structure: Structure) -> bytes | None:
    """Return the ICC profile, joined from its pieces (ICC.1:2022, annex B.4).

    Encoders write wrong numbers and counts, and some embed a profile twice. So the pieces are joined in each way that
    an encoder may have meant. The first result of the length that the profile itself announces is right. If there is
    none, they are joined as they come, so that the conversion can say that the profile does not fit.
    """
    pieces = [body[12:] for body in structure.find_bodies(APP2, _ICC)]
    joined = [b"".join(piece[2:] for piece in chosen) for chosen in _choose_pieces(pieces)]
    return next(
        (whole for profile in joined if (whole := _cut_to_length(profile))),
        b"".join(piece[2:] for piece in pieces) or None,
    )


def _choose_pieces(pieces: list[bytes]) -> Iterator[list[bytes]]:
    """Yield lists of pieces: each number once, in order of their numbers, as they come, and each one alone."""
    by_number = sorted(pieces, key=lambda piece: piece[:1])
    yield list({piece[:1]: piece for piece in reversed(by_number)}.values())[::-1]
    yield by_number
    yield pieces
    yield from ([piece] for piece in pieces)


def _cut_to_length(profile: bytes) -> bytes | None:
    length = int.from_bytes(profile[:4], "big")
    return profile[:length] if profile[_SIGNATURE] == b"acsp" and length <= len(profile) else None


def name_segment(structure: Structure, segment: Segment) -> str:
    """Return what people call the content of a segment that is removed."""
    if segment.code == COMMENT:
        return "comment"
    starts = ((name, structure.data.startswith(magic, segment.body, segment.end)) for magic, name in _NAMED)
    return next((name for name, is_it in starts if is_it), "application data")
