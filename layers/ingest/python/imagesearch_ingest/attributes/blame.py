"""Find out who supplied an attribute that the service refused. That decides the class of the fault (design, 2)."""

from imagesearch_ingest.attributes.sources import Attributes, Source, label
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

# Error codes of Image Search that name an attribute (AddImage reference, Error codes).
_REFUSED = {
    "InvalidCategory": "category_id",
    "InvalidCustomContent": "custom_content",
    **{f"InvalidIntAttr{n}": f"int_attr_{n}".removesuffix("_") for n in ("", "2", "3", "4")},
    **{f"InvalidStrAttr{n}": f"str_attr_{n}".removesuffix("_") for n in ("", "2", "3", "4")},
}


def blame(error: IngestError, attributes: Attributes) -> IngestError:
    """Return ``SETTINGS_REFUSED`` if the refused value came from the settings, and the same error otherwise.

    A bad setting concerns every picture until an operator corrects it; a dead letter for each picture would not help.
    """
    name = _REFUSED.get(error.service_code or "")
    if name is None or attributes.source_of(name) is not Source.SETTINGS:
        return error
    return IngestError(
        Reason.SETTINGS_REFUSED,
        f"{label(name, Source.SETTINGS)} was refused by the service: {error.detail}",
        service_code=error.service_code,
        service_request_id=error.service_request_id,
        attempts=error.attempts,
    )
