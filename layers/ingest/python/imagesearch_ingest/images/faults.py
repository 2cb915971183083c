"""Build the error for a broken file."""

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def corrupt(format_name: str, finding: str) -> IngestError:
    """Return a ``CORRUPT_IMAGE`` error. ``finding`` is a clause that says what is wrong with the file."""
    return IngestError(Reason.CORRUPT_IMAGE, f"the {format_name} data cannot be decoded: {finding}")
