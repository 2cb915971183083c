"""What a format's module finds in a file, if nothing in it needs to be touched but metadata."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bare:
    """A file of one picture and nothing else. Its pixel data is, byte for byte, that of the file it was cut from."""

    data: bytes
    width: int  # pixels
    height: int
    removed: tuple[str, ...]  # what was cut, in words for people: "EXIF", "XMP", "ICC profile", "comment", ...
    exif: bytes | None = None  # the block that was cut, from its byte order mark on; it may ask for a rotation
    profile: bytes | None = None  # the ICC profile that was cut; only that of sRGB may be missed
