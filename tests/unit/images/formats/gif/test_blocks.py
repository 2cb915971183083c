"""Blocks of a GIF."""

from imagesearch_ingest.images import prepare
from tests.unit.images.pictures import POLICY, encoded, noise, refuse_corrupt


def test_a_gif_may_lack_its_trailer() -> None:
    data = encoded(noise(), "GIF")
    assert prepare(data[:-1], POLICY).width == 320
    refuse_corrupt(data[:-2])
