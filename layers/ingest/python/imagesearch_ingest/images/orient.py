"""Turn the picture the way it is displayed (EXIF 2.32, tag 0x0112): AddImage allows no rotation settings."""

from typing import Literal

from PIL import Image

_TAG, _SHORT = 0x0112, 3
_IDENTIFIER = b"Exif\0\0"
_BYTE_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, "mirrored"),
    3: (Image.Transpose.ROTATE_180, "rotated 180"),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, "flipped"),
    5: (Image.Transpose.TRANSPOSE, "transposed"),
    6: (Image.Transpose.ROTATE_270, "rotated 90"),  # clockwise, as people say it; Pillow counts the other way
    7: (Image.Transpose.TRANSVERSE, "transposed over the other diagonal"),
    8: (Image.Transpose.ROTATE_90, "rotated 270"),
}
_SIDEWAYS = {5, 6, 7, 8}
UPRIGHT = 1


def orient(image: Image.Image, orientation: int) -> tuple[Image.Image, str | None]:
    turn = _TURNS.get(orientation)
    if turn is None:
        return image, None
    method, name = turn
    return image.transpose(method), name


def name_of(orientation: int) -> str | None:
    """What turning a picture of this orientation upright is called; ``None`` for upright ones and for nonsense."""
    return _TURNS[orientation][1] if orientation in _TURNS else None


def displayed_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Pixels, of a picture that is stored with these sides."""
    return (height, width) if orientation in _SIDEWAYS else (width, height)


def orientation_of(exif: bytes | None) -> int:
    """1 to 8; 1 when there is no EXIF, or none that can be read.

    Only this one entry of the first directory is looked at: a block can announce gigabytes. Not XMP's word either:
    displays do not take it.
    """
    block = (exif or b"").removeprefix(_IDENTIFIER)
    order = _BYTE_ORDERS.get(block[:4])
    if order is None:
        return UPRIGHT

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], order)

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        if number(entry, 2) == _TAG:
            valid = number(entry + 2, 2) == _SHORT and number(entry + 8, 2) in _TURNS
            return number(entry + 8, 2) if valid else UPRIGHT
    return UPRIGHT
