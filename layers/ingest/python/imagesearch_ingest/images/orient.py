"""Turn the picture the way it is displayed (EXIF 2.32, tag 0x0112): AddImage allows no rotation settings."""

from PIL import Image

_TAG = 0x0112
_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, "mirrored"),
    3: (Image.Transpose.ROTATE_180, "rotated 180"),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, "flipped"),
    5: (Image.Transpose.TRANSPOSE, "transposed"),
    6: (Image.Transpose.ROTATE_270, "rotated 90"),  # clockwise, as people say it; Pillow counts the other way
    7: (Image.Transpose.TRANSVERSE, "transposed over the other diagonal"),
    8: (Image.Transpose.ROTATE_90, "rotated 270"),
}


def orient(image: Image.Image) -> tuple[Image.Image, str | None]:
    turn = _TURNS.get(_orientation(image))
    if turn is None:
        return image, None
    method, name = turn
    return image.transpose(method), name


def name_of(orientation: object) -> str | None:
    """What turning a picture of this orientation upright is called; ``None`` for upright ones and for nonsense."""
    return _TURNS[orientation][1] if isinstance(orientation, int) and orientation in _TURNS else None


def _orientation(image: Image.Image) -> int:
    """1 when there is no EXIF, or none that can be read. Not ``getexif``: it takes XMP's word too, displays do not."""
    block = image.info.get("exif")
    if not isinstance(block, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        value = exif.get(_TAG)
    except Exception:  # noqa: BLE001 (a broken block raises anything, and says nothing about the pixels)
        return 1
    return value if isinstance(value, int) else 1
