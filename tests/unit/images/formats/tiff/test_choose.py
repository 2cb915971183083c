"""The full page of a TIFF is taken, wherever it stands."""

from typing import Any

import numpy as np
import pytest

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.policy import Animations
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.decoders.profiles import display_p3
from tests.support import tiffs
from tests.support.tiffs import TiffPage, write_tiff
from tests.unit.images.pictures import close, colour_at, run

RED, GREEN, BLUE = (220, 30, 30), (30, 160, 60), (30, 60, 200)
REDUCED, MASK = {254: 1}, {254: 4}


def page(colour: tuple[int, int, int], width: int = 320, height: int = 200, **options: Any) -> TiffPage:
    samples = np.broadcast_to(np.array(colour, np.uint8), (height, width, 3))
    return TiffPage(np.ascontiguousarray(samples), tiffs.RGB, **options)


def assert_taken(data: bytes, colour: tuple[int, int, int], *notes: str, size: tuple[int, int] = (320, 200)) -> None:
    prepared, image = run(data)
    assert (prepared.source_width, prepared.source_height) == size
    assert close(colour_at(image, (size[0] // 2, size[1] // 2)), colour)
    assert [step for step in prepared.steps if "page" in step or "pyramid" in step or "frame" in step] == list(notes)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("mark", [{254: 1}, {255: 2}, {254: 5}])
def test_a_reduced_copy_in_front_is_not_taken(mark: dict[int, int], order: str, *, big: bool) -> None:
    data = write_tiff(page(RED, 160, 100, tags=mark), page(GREEN), order=order, big=big)
    assert_taken(data, GREEN, "the full page taken (page 2 of 2)")


def test_a_full_page_below_a_reduced_copy_is_taken() -> None:
    below = (page(BLUE, 240, 150, tags=REDUCED), page(GREEN))
    data = write_tiff(page(RED, 160, 100, tags=REDUCED, below=below))
    assert_taken(data, GREEN, "the full page taken (below page 1 of 1)")


def test_reduced_copies_behind_and_below_do_not_matter() -> None:
    below = (page(BLUE, 160, 100, tags=REDUCED), page(BLUE, 80, 50, tags=REDUCED))
    data = write_tiff(page(GREEN, below=below), page(RED, 160, 100, tags=REDUCED))
    assert_taken(data, GREEN)


@pytest.mark.parametrize("tags", [MASK, {262: 4}])
def test_a_mask_is_not_a_page(tags: dict[int, int]) -> None:
    assert_taken(write_tiff(page(RED, tags=tags), page(GREEN)), GREEN, "the full page taken (page 2 of 2)")


def test_the_first_of_several_pages_is_taken() -> None:
    assert_taken(write_tiff(page(GREEN), page(RED), page(BLUE)), GREEN, "first frame")
    assert_taken(write_tiff(page(GREEN), page(RED, 400, 300)), GREEN, "first frame")


@pytest.mark.parametrize("sides", [[(80, 50), (160, 100), (320, 200)], [(159, 99), (319, 199)]])
def test_the_largest_page_of_a_pyramid_is_taken(sides: list[tuple[int, int]]) -> None:
    *smaller, largest = (page(RED if side is not sides[-1] else GREEN, *side) for side in sides)
    number = len(sides)
    note = f"the largest of a pyramid taken (page {number} of {number})"
    assert_taken(write_tiff(*smaller, largest), GREEN, note, size=sides[-1])
    assert_taken(write_tiff(largest, *reversed(smaller)), GREEN, size=sides[-1])


def test_an_unmarked_thumbnail_in_front_of_its_page_is_not_taken() -> None:
    data = write_tiff(page(RED, 160, 100), page(GREEN, 960, 600))
    assert_taken(data, GREEN, "the full page taken (page 2 of 2)", size=(960, 600))
    other_shape = write_tiff(page(GREEN, 160, 100), page(RED, 960, 720))
    assert_taken(other_shape, GREEN, "first frame", size=(160, 100))


def test_a_file_of_reduced_copies_alone_shows_the_largest() -> None:
    assert_taken(write_tiff(page(GREEN, tags=REDUCED)), GREEN)
    data = write_tiff(page(RED, 160, 100, tags=REDUCED), page(GREEN, tags=REDUCED))
    assert_taken(data, GREEN, "the largest page taken (page 2 of 2)")


def test_only_full_pages_make_an_animation() -> None:
    policy = Policy(animations=Animations.REJECT)
    prepare(write_tiff(page(RED, 160, 100, tags=REDUCED), page(GREEN), page(RED, tags=MASK)), policy)
    prepare(write_tiff(page(GREEN), page(RED, 160, 100)), policy)
    with pytest.raises(IngestError) as caught:
        prepare(write_tiff(page(GREEN), page(RED)), policy)
    assert caught.value.reason is Reason.TOO_MANY_FRAMES


def test_directories_that_lead_in_a_circle_are_read_once() -> None:
    data = bytearray(write_tiff(page(GREEN)))
    data[-4:] = data[4:8]
    assert data.index(bytes(data[4:8])) == 4
    assert_taken(bytes(data), GREEN)


def test_a_full_page_below_uses_the_profile_of_its_page() -> None:
    """Scanners store it with the reduced copy alone."""
    profile = display_p3()
    data = write_tiff(page(RED, 160, 100, tags={**REDUCED, 34675: profile}, below=[page(GREEN)]))
    prepared, _ = run(data)
    assert "rgb to srgb by its profile" in prepared.steps
