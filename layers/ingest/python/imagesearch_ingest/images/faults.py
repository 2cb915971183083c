"""The most frequent fault of a file, said in one way."""

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def corrupt(source_format: str, finding: str) -> IngestError:
    return IngestError(Reason.CORRUPT_IMAGE, f"the {source_format} data cannot be decoded: {finding}")
