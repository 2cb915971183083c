"""Draw the pictures of a small shop for a first try. Seven are good and five are bad."""

import io
from collections.abc import Callable, Iterator

from PIL import Image, ImageDraw

Draw = Callable[[ImageDraw.ImageDraw], None]
_SIZE = (900, 600)
_PAPER = (244, 240, 232)
_ORIENTATION = 0x0112  # EXIF 2.3, section 4.6.4


def draw_pictures() -> Iterator[tuple[str, bytes]]:
    """Yield (key, bytes) of each picture: the good ones first, then the bad ones."""
    yield "cups/1001/front.jpg", _encode(_draw(_cup), "JPEG", quality=92)
    yield "cups/1001/transparent.png", _encode(_draw_transparent(_cup), "PNG")
    yield "shoes/2001/side.webp", _encode(_draw(_shoe), "WEBP", quality=90)
    yield "shoes/2001/held-upright.jpg", _encode_turned(_draw(_shoe))
    yield "bags/3001/print.jpg", _encode(_draw(_bag).convert("CMYK"), "JPEG", quality=92)
    yield "bags/3001/billboard.jpg", _encode(_draw(_bag).resize((5400, 3600)), "JPEG", quality=90)
    yield "lamp.gif", _encode(_draw(_lamp).quantize(64), "GIF")
    yield "broken/empty.jpg", b""
    yield "broken/really-text.jpg", b"Dear supplier, please find the picture attached.\n" * 20
    yield "broken/upload-cut-short.jpg", _cut_short(_encode(_draw(_lamp), "JPEG", quality=92))
    yield "broken/thumbnail.png", _encode(_draw(_cup).resize((60, 40)), "PNG")
    yield f"broken/{'long-' * 60}name.jpg", _encode(_draw(_shoe), "JPEG", quality=80)


def _draw(draw: Draw) -> Image.Image:
    image = Image.new("RGB", _SIZE, _PAPER)
    draw(ImageDraw.Draw(image))
    return image


def _draw_transparent(draw: Draw) -> Image.Image:
    image = Image.new("RGBA", _SIZE, (0, 0, 0, 0))
    draw(ImageDraw.Draw(image))
    return image


def _encode_turned(image: Image.Image) -> bytes:
    """Return a JPEG as a telephone saves it: the pixels lie on their side, and EXIF says how to turn them."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    return _encode(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=92, exif=exif)


def _cut_short(data: bytes) -> bytes:
    return data[: len(data) // 3]


def _encode(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _cup(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((560, 220, 720, 420), outline=(38, 70, 120), width=34)
    draw.rounded_rectangle((260, 150, 620, 500), 60, fill=(52, 92, 152))
    draw.ellipse((260, 110, 620, 200), fill=(92, 58, 36), outline=(52, 92, 152), width=14)


def _shoe(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(140, 430), (160, 250), (320, 210), (470, 340), (740, 380), (780, 450)], fill=(178, 58, 48))
    draw.rounded_rectangle((120, 430, 800, 500), 30, fill=(250, 250, 250), outline=(60, 60, 60), width=6)
    for step in range(4):
        draw.line((330 + 40 * step, 235 + 32 * step, 390 + 40 * step, 205 + 32 * step), fill=(250, 250, 250), width=12)


def _bag(draw: ImageDraw.ImageDraw) -> None:
    draw.arc((320, 70, 580, 380), 180, 360, fill=(70, 48, 30), width=26)
    draw.rounded_rectangle((220, 220, 680, 530), 40, fill=(196, 142, 64))
    draw.line((220, 320, 680, 320), fill=(70, 48, 30), width=10)
    draw.ellipse((430, 300, 470, 345), fill=(240, 220, 140))


def _lamp(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(340, 90), (560, 90), (650, 300), (250, 300)], fill=(70, 140, 90))
    draw.rectangle((435, 300, 465, 490), fill=(60, 60, 60))
    draw.ellipse((330, 470, 570, 530), fill=(60, 60, 60))
