"""The rows of the formats."""

import pytest

from imagesearch_ingest.images.formats import FORMATS

NAMES = ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "AVIF", "HEIC"]
BEGINNINGS = {
    "PNG": b"\x89PNG\r\n\x1a\n",
    "JPEG": b"\xff\xd8\xff\xe0",
    "BMP": b"BM" + bytes(12) + b"\x28\0\0\0",
    "GIF": b"GIF89a",
    "WEBP": b"RIFF\0\0\0\0WEBPVP8 ",
    "TIFF": b"MM\0*\0\0\0\x08",
    "PPM": b"P6 120 110 255\n",
    "AVIF": b"\0\0\0\x18ftypavif\0\0\0\0mif1heic",
    "HEIC": b"\0\0\0\x18ftypmif1\0\0\0\0heicmsf1",
}


def test_every_format_has_its_row() -> None:
    assert [row.name for row in FORMATS] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_file_matches_one_row_alone(name: str) -> None:
    """The order of the rows therefore affects only the messages."""
    assert [row.name for row in FORMATS if row.matches(BEGINNINGS[name])] == [name]


def test_only_formats_of_add_image_pass_through() -> None:
    """AddImage reference, PicContent."""
    passing = [row.name for row in FORMATS if row.pass_through]
    assert passing == ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"]


def test_memory_limits_are_those_of_the_docs() -> None:
    """docs/pictures.md: megapixels that a decoder reads in 400 MB. AVIF and HEIC check theirs when they are loaded."""
    limits = {row.name: int(400 / row.bytes_per_pixel) for row in FORMATS if row.bytes_per_pixel}
    assert limits == {"WEBP": 66}
