"""Recognise a file's format by its first bytes alone. Uploaders choose names and content types, so neither counts."""

from imagesearch_ingest.images.formats import FORMATS, Format
from imagesearch_ingest.images.mangled import is_suspicious
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def sniff(data: bytes) -> Format:
    """Return the format. Raise ``OBJECT_EMPTY``, ``UNSUPPORTED_FORMAT`` or ``NOT_AN_IMAGE``.

    The error says what the bytes look like, and what to do or which formats are accepted.
    """
    if not data:
        raise IngestError(Reason.OBJECT_EMPTY, "the object has no bytes")
    for file_format in FORMATS:
        if file_format.matches(data):
            if is_suspicious(data):
                from imagesearch_ingest.images.refusal import check_converted  # noqa: PLC0415 (as below)

                check_converted(data, file_format.title)
            return file_format
    from imagesearch_ingest.images.refusal import build_refusal  # noqa: PLC0415 (most functions never need it)

    raise build_refusal(data)
