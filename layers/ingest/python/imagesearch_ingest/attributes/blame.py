"""Whose fault a refused attribute is: the class of a fault can depend on who supplied the value (design, section 2)."""

from imagesearch_ingest.attributes.sources import Attributes, Source, label
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

# Image Search's codes that tell which attribute it refused (AddImage reference, Error codes).
_REFUSED = {
    "InvalidCategory": "category_id",
    "InvalidCustomContent": "custom_content",
    **{f"InvalidIntAttr{n}": f"int_attr_{n}".removesuffix("_") for n in ("", "2", "3", "4")},
    **{f"InvalidStrAttr{n}": f"str_attr_{n}".removesuffix("_") for n in ("", "2", "3", "4")},
}


def blame(error: IngestError, attributes: Attributes) -> IngestError:
    """``SETTINGS_REFUSED``, when the service refused a value that the settings supplied; else the error as it is.

    Then every picture will be refused until a person mends the settings; a dead letter for each would help nobody.
    """
    name = _REFUSED.get(error.service_code or "")
    if name is None or attributes.source_of(name) is not Source.SETTINGS:
        return error
    return IngestError(
        Reason.SETTINGS_REFUSED,
        f"{label(name, Source.SETTINGS)} was refused: {error.detail}",
        service_code=error.service_code,
        service_request_id=error.service_request_id,
        attempts=error.attempts,
    )
