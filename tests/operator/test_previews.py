"""Previews are drawn by Pillow alone, in a child process, and never end a run."""

import os
from io import BytesIO

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.previews import Previewer, draw
from tests.support.pictures import encode, jpeg, scene

POLICY = Policy(longest_side=200)


@pytest.mark.parametrize(
    "file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "TGA", "PCX", "JPEG2000"]
)
def test_a_preview_is_a_small_webp(file_format: str) -> None:
    drawn = draw(encode(scene(900, 600), file_format), POLICY)
    with Image.open(BytesIO(drawn.data)) as image:
        assert (image.format, image.size) == ("WEBP", (200, 133))
    assert (drawn.width, drawn.height, drawn.source_width, drawn.source_height) == (200, 133, 900, 600)
    assert drawn.source_format == file_format


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_has_a_preview(mode: str) -> None:
    assert draw(
        encode(scene(300, 200).convert("L").convert(mode) if mode == "I;16" else scene(300, 200).convert(mode), "TIFF"),
        POLICY,
    )


def test_a_small_picture_is_not_enlarged() -> None:
    assert draw(encode(scene(30, 20), "PNG"), POLICY).width == 30


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"\xff\xd8\xff" + bytes(99), encode(scene(), "EPS")], ids=range(4)
)
def test_other_files_have_none(data: bytes) -> None:
    with pytest.raises(IngestError):
        draw(data, POLICY)


def test_a_child_draws_and_survives_other_files() -> None:
    previewer = Previewer(os.environ, 100)
    try:
        assert previewer.draw(b"no picture") is None
        preview = previewer.draw(jpeg(600, 400))
        assert preview is not None
        assert (preview.width, preview.format) == (100, "JPEG")
        assert preview.address.startswith("data:image/webp;base64,UklGR")
    finally:
        previewer.close()
