"""Turn an image the way it is displayed (EXIF 2.32, tag 0x0112): AddImage accepts no rotation settings."""

from PIL import Image

_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, "mirrored"),
    3: (Image.Transpose.ROTATE_180, "rotated 180"),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, "flipped"),
    5: (Image.Transpose.TRANSPOSE, "transposed"),
    6: (Image.Transpose.ROTATE_270, "rotated 90"),  # named clockwise; Pillow counts the other way
    7: (Image.Transpose.TRANSVERSE, "transposed over the other diagonal"),
    8: (Image.Transpose.ROTATE_90, "rotated 270"),
}
_SIDEWAYS = {5, 6, 7, 8}
UPRIGHT = 1


def orient(image: Image.Image, orientation: int) -> tuple[Image.Image, str | None]:
    """Turn an image with this EXIF orientation upright."""
    turn = _TURNS.get(orientation)
    if turn is None:
        return image, None
    method, name = turn
    return image.transpose(method), name


def name_turn(orientation: int) -> str | None:
    """Return the name of the turn that this orientation needs; ``None`` if it needs none or is invalid."""
    return _TURNS[orientation][1] if orientation in _TURNS else None


def is_orientation(value: int) -> bool:
    """Return whether EXIF defines this value."""
    return value == UPRIGHT or value in _TURNS


def get_displayed_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return the sides, in pixels, at which an image with these stored sides is displayed."""
    return (height, width) if orientation in _SIDEWAYS else (width, height)
