"""Choose the page of a TIFF that is the picture: a full page, never its reduced copy or its mask (TIFF 6.0, section 8).

Reduced copies are marked. Two kinds are not: the steps of a pyramid whose sides halve or double from page to page, and
a thumbnail in front of the page that it shows.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory, Page

_REDUCED, _MASK, _DEPTH = 1, 4, 8  # bits of NewSubfileType; depth maps are DNG's
_OLD_REDUCED = 2  # SubfileType
_TRANSPARENCY_MASK = 4  # photometric
_THUMBNAIL, _TIMES = 256, 4  # pixels of the longer side, and how much larger its page is at least


class Choice(NamedTuple):
    """The chosen page."""

    directory: Directory
    top: Directory  # the page below which it stands, or the same; only this one may have the profile
    note: str | None  # for people, unless it is simply the first page
    is_one_of_several: bool  # whether there are other full pages


def choose_page(pages: Sequence[Page]) -> Choice | None:
    """Return the first full page; ``None`` if there is no image at all."""
    images = [(page.top, *page.below) for page in pages]
    shown = [[one for one in group if all(one.size) and not _is_mask(one)] for group in images]
    every = [one for group in shown for one in group] or [one for group in images for one in group if all(one.size)]
    if not every:
        return None
    full = [one for group in shown if (one := _find_full(group))]
    if not full:
        return _describe(_find_largest(every), pages, "the largest page")
    if len(full) > 1 and _is_pyramid(full):
        return _describe(_find_largest(full), pages, "the largest of a pyramid")
    if len(full) > 1 and _shows(full[0], full[1]):
        full = full[1:]
    return _describe(full[0], pages, "the full page")._replace(is_one_of_several=len(full) > 1)


def _find_full(group: Sequence[Directory]) -> Directory | None:
    """Return the full page of a page and the directories below it: the page itself, or the largest below."""
    full = [one for one in group if not _is_reduced(one)]
    return _find_largest(full) if full else None


def _find_largest(directories: Sequence[Directory]) -> Directory:
    return max(directories, key=lambda one: one.size[0] * one.size[1])


def _is_reduced(directory: Directory) -> bool:
    if tags.NEW_SUBFILE_TYPE in directory:
        return bool(directory.number(tags.NEW_SUBFILE_TYPE, 0) & _REDUCED)
    return directory.number(tags.OLD_SUBFILE_TYPE, 0) == _OLD_REDUCED


def _is_mask(directory: Directory) -> bool:
    kind = directory.number(tags.NEW_SUBFILE_TYPE, 0)
    return bool(kind & (_MASK | _DEPTH)) or directory.number(tags.PHOTOMETRIC, 0) == _TRANSPARENCY_MASK


def _is_pyramid(directories: Sequence[Directory]) -> bool:
    """Return whether the sides halve or double from page to page. Programs round the half up or down."""
    pairs = list(pairwise([one.size for one in directories]))
    return all(_is_half(small, large) for large, small in pairs) or all(
        _is_half(small, large) for small, large in pairs
    )


def _is_half(half: tuple[int, int], whole: tuple[int, int]) -> bool:
    return all(abs(2 * small - large) <= 1 for small, large in zip(half, whole, strict=True))


def _shows(thumbnail: Directory, page: Directory) -> bool:
    """Return whether the first is a thumbnail of the second: small, much smaller, and of the same shape."""
    width, height = thumbnail.size
    if max(width, height) > _THUMBNAIL or page.size[0] < _TIMES * width or page.size[1] < _TIMES * height:
        return False
    exact = page.size[1] * width / page.size[0]
    return abs(exact - height) <= 1


def _describe(chosen: Directory, pages: Sequence[Page], what: str) -> Choice:
    number = next(at for at, page in enumerate(pages, 1) if chosen is page.top or chosen in page.below)
    top = pages[number - 1].top
    place = f"page {number}" if chosen is top else f"below page {number}"
    note = None if chosen is pages[0].top else f"{what} taken ({place} of {len(pages)})"
    return Choice(chosen, top, note, is_one_of_several=False)
