"""Recognise a file's format by its first bytes alone. Uploaders choose names and content types, so neither counts."""

from imagesearch_ingest.images.formats import FORMATS, Format
from imagesearch_ingest.images.unread import describe_other_file, name_image_format
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def sniff(data: bytes) -> Format:
    """Return the format. Raise ``OBJECT_EMPTY``, ``UNSUPPORTED_FORMAT`` or ``NOT_AN_IMAGE``.

    The error says what the bytes look like, and which formats are accepted.
    """
    if not data:
        raise IngestError(Reason.OBJECT_EMPTY, "the object has no bytes")
    for file_format in FORMATS:
        if file_format.matches(data):
            return file_format
    raise _build_refusal(data)


def _build_refusal(data: bytes) -> IngestError:
    *others, last = (file_format.title for file_format in FORMATS)
    accepted = f"only {', '.join(others)} and {last} are taken"
    if name := name_image_format(data):
        return IngestError(Reason.UNSUPPORTED_FORMAT, f"a picture in {name} format; {accepted}")
    likeness = describe_other_file(data)
    looks = f"it looks like {likeness}" if likeness else "its first bytes belong to no known format"
    return IngestError(Reason.NOT_AN_IMAGE, f"{looks}; {accepted}")
