"""Open a TIFF for encoding while it is decoded."""

from io import BytesIO

from imagesearch_ingest.images.formats.format import Pipeline
from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.bounds import check_directories
from imagesearch_ingest.images.formats.tiff.kind import JPEG, OLD_JPEG, Alpha, Format, Kind, Space, read_kind
from imagesearch_ingest.images.formats.tiff.load import check_limits
from imagesearch_ingest.images.formats.tiff.plugin import Tiff
from imagesearch_ingest.images.formats.tiff.samples import read_samples
from imagesearch_ingest.images.policy import Policy

_BYTE = 8  # bits


def open_pipeline(data: bytes, policy: Policy) -> Pipeline | None:
    """Return the only page, opaque, grey or RGB, and upright; ``None`` for any other kind."""
    opened = Tiff(BytesIO(check_directories(data, policy).data))
    page, top, note, is_one_of_several = opened.choice
    kind = read_kind(page)
    if note or is_one_of_several or not _is_plain(kind) or page.number(tags.ORIENTATION, 1) != 1:
        return None
    check_limits(page, kind, policy)
    profile = page.raw(tags.PROFILE) or top.raw(tags.PROFILE)
    return Pipeline(read_samples(data, page, kind), page.size, 1, profile or None)


def _is_plain(kind: Kind) -> bool:
    if kind.compression in {JPEG, OLD_JPEG} or (kind.bits, kind.format) != (_BYTE, Format.UNSIGNED):
        return False
    return kind.space in {Space.GREY, Space.RGB} and kind.alpha is Alpha.NONE
