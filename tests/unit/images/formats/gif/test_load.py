"""Pixels of a GIF."""

import struct

from imagesearch_ingest.images import Policy
from tests.unit.images.pictures import RED, close, colour_at, encoded, quarters, run


def test_the_uncovered_gif_screen_is_transparent() -> None:
    """Browsers show it as transparent. Encoders set the background of the screen at random."""
    gif = bytearray(encoded(quarters(160, 200), "GIF"))
    gif[6:8] = struct.pack("<H", 320)
    _, image = run(bytes(gif), Policy(background=(10, 20, 250)))
    assert image.size == (320, 200)
    assert close(colour_at(image, (20, 20)), RED)
    assert close(colour_at(image, (250, 100)), (10, 20, 250))


def test_a_gif_frame_may_enlarge_the_canvas() -> None:
    gif = bytearray(encoded(quarters(300, 200), "GIF"))
    gif[6:10] = struct.pack("<HH", 10, 10)  # the screen; the frame stays 300x200
    prepared, _ = run(bytes(gif))
    assert (prepared.width, prepared.height) == (300, 200)
