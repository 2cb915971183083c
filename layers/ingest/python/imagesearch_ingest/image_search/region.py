"""The subject's area, from pixels of the picture as it is displayed to pixels of the picture that is sent.

"If the length and width of the image are scaled, the value of Region must be proportionally scaled" (AddImage
reference, Region).
"""

from imagesearch_ingest.attributes import Attributes, describe, label
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason


def in_prepared_pixels(attributes: Attributes, image: PreparedImage) -> dict[str, str]:
    """The request's ``region``, if one is given. Raises ``ATTRIBUTE_INVALID`` for one outside the picture."""
    if attributes.region is None:
        return {}
    x1, x2, y1, y2 = map(int, attributes.region.split(","))
    width, height = image.displayed_width, image.displayed_height
    if x2 > width or y2 > height:
        subject = label("region", attributes.source_of("region"))
        fault = f"reaches outside the picture, which is displayed at {width}x{height} pixels"
        raise IngestError(Reason.ATTRIBUTE_INVALID, describe(subject, attributes.region, fault))
    left, top, shown_width, shown_height = image.content
    columns = (left + x for x in scaled(x1, x2, shown_width, width))
    rows = (top + y for y in scaled(y1, y2, shown_height, height))
    return {"region": ",".join(map(str, (*columns, *rows)))}


def scaled(low: int, high: int, numerator: int, denominator: int) -> tuple[int, int]:
    """Rounded outwards, in whole numbers only: what was inside stays inside, and an area cannot vanish.

    With low < high <= denominator the results are low < high <= numerator, each less than 1 from its exact value.
    """
    return low * numerator // denominator, -(-high * numerator // denominator)
