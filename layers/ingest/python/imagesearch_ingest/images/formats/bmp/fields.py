"""Read pixels of 16, 24 or 32 bits in which each colour has some bits, anywhere (Windows GDI, "BI_BITFIELDS")."""

from PIL import Image

from imagesearch_ingest.images.formats.bmp.header import Header
from imagesearch_ingest.images.vips import get_vips, render

_BYTES_OF_PILLOW = {0xFF: 0, 0xFF00: 1, 0xFF0000: 2, 0xFF000000: 3}  # masks that are whole bytes, by their place
_FORMS = {16: "ushort", 32: "uint"}
_LEVELS = 255
_MOST_BITS = 31  # that a constant of libvips holds; the lowest bit of a field of 32 is not missed
_UPWARDS, _DOWNWARDS = -1, 1


def split_fields(rows: bytes, header: Header) -> Image.Image:
    """Return an image with alpha if the file has bits for it, and without if it has not."""
    masks = header.masks if header.masks[3] else header.masks[:3]
    if header.depth > 16 and all(mask in _BYTES_OF_PILLOW for mask in masks):  # noqa: PLR2004 (bits)
        return _split_bytes(rows, header, masks)
    return _split_bits(rows, header, masks)


def _split_bytes(rows: bytes, header: Header, masks: tuple[int, ...]) -> Image.Image:
    mode, raw = ("RGB", "RGB") if header.depth == 24 else ("RGBA", "RGBA")  # noqa: PLR2004 (bits)
    direction = _DOWNWARDS if header.is_top_down else _UPWARDS
    size = header.width, header.height
    stored = Image.frombuffer(mode, size, rows, "raw", raw, header.stride, direction)
    bands = [stored.getchannel(_BYTES_OF_PILLOW[mask]) for mask in masks]
    return Image.merge("RGBA" if len(bands) > 3 else "RGB", bands)  # noqa: PLR2004 (colours)


def _split_bits(rows: bytes, header: Header, masks: tuple[int, ...]) -> Image.Image:
    """Scale each field from its own range to 255. A colour without any bits is 0."""
    form = _FORMS[header.depth]
    columns = header.stride * 8 // header.depth
    stored = get_vips().Image.new_from_memory(rows, columns, header.height, 1, form)
    stored = stored.crop(0, 0, header.width, header.height)
    stored = stored if header.is_top_down else stored.flipver()
    bands = []
    for mask in masks:
        lowest = max((mask & -mask).bit_length() - 1, mask.bit_length() - _MOST_BITS, 0)
        highest = mask >> lowest
        field = (stored >> lowest) & highest
        bands.append((field * (_LEVELS / (highest or 1)) + 0.5).cast("uchar"))
    return render(bands[0].bandjoin(bands[1:]))
