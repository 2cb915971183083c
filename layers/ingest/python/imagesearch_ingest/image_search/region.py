"""Convert a region from pixels of the displayed picture to pixels of the picture that is sent.

"If the length and width of the image are scaled, the value of Region must be proportionally scaled" (AddImage
reference, Region).
"""

from imagesearch_ingest.attributes import Attributes, describe, label
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason


def scale_region(attributes: Attributes, image: PreparedImage) -> dict[str, str]:
    """Return the field ``region`` of the request, if any. Raise ``ATTRIBUTE_INVALID`` outside the picture."""
    if attributes.region is None:
        return {}
    x1, x2, y1, y2 = map(int, attributes.region.split(","))
    width, height = image.displayed_width, image.displayed_height
    if x2 > width or y2 > height:
        subject = label("region", attributes.source_of("region"))
        fault = f"it must lie within the picture, which is displayed at {width}x{height} pixels"
        raise IngestError(Reason.ATTRIBUTE_INVALID, describe(subject, attributes.region, fault))
    left, top, shown_width, shown_height = image.content
    columns = (left + x for x in scale_outwards(x1, x2, shown_width, width))
    rows = (top + y for y in scale_outwards(y1, y2, shown_height, height))
    return {"region": ",".join(map(str, (*columns, *rows)))}


def scale_outwards(low: int, high: int, numerator: int, denominator: int) -> tuple[int, int]:
    """Return both ends times ``numerator / denominator``, rounded outwards so that no area vanishes.

    If low < high <= denominator, the results are low < high <= numerator, each less than 1 from its exact value.
    """
    return low * numerator // denominator, -(-high * numerator // denominator)
