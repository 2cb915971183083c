"""Say what a file is that is in none of the formats that are read, and what its uploader can do.

Loaded only when a file is refused.
"""

from imagesearch_ingest.images.formats import FORMATS
from imagesearch_ingest.images.mangled import describe_converted, describe_mangled, describe_undecodable
from imagesearch_ingest.images.other_files import describe_other_file
from imagesearch_ingest.images.shifted import describe_shifted
from imagesearch_ingest.images.unread import name_image_format
from imagesearch_ingest.images.wrapped import describe_wrapped, name_compressed_format
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_FEWEST_FILLED = 16  # bytes
_FILLED = 512  # bytes; a sector of a disk


def build_refusal(data: bytes) -> IngestError:
    """Return ``UNSUPPORTED_FORMAT`` or ``NOT_AN_IMAGE`` for a file that is in no format that is read."""
    *others, last = (file_format.title for file_format in FORMATS)
    accepted = f"only {', '.join(others)} and {last} are taken"
    if name := name_image_format(data) or name_compressed_format(data):
        return IngestError(Reason.UNSUPPORTED_FORMAT, f"a picture in {name} format; {accepted}")
    if words := describe_mangled(data) or describe_wrapped(data):
        return IngestError(Reason.NOT_AN_IMAGE, f"it is {words}")
    if words := describe_other_file(data):
        return IngestError(Reason.NOT_AN_IMAGE, f"it looks like {words}" + ("" if ": " in words else f"; {accepted}"))
    if words := _describe_filled(data) or describe_shifted(data):
        return IngestError(Reason.NOT_AN_IMAGE, f"it is {words}")
    return IngestError(Reason.NOT_AN_IMAGE, f"its first bytes belong to no known format; {accepted}")


def check_converted(data: bytes, title: str) -> None:
    """Raise ``NOT_AN_IMAGE`` for a file that has its format's first bytes, but was provably handled as text."""
    if words := describe_converted(data, title):
        raise IngestError(Reason.NOT_AN_IMAGE, f"it is {words}")


def correct_refusal(error: IngestError, data: bytes, title: str) -> IngestError:
    """Return ``NOT_AN_IMAGE`` if the file cannot be decoded because it was handled as text; else ``error``."""
    words = describe_undecodable(data, title)
    return IngestError(Reason.NOT_AN_IMAGE, f"it is {words}") if words else error


def _describe_filled(data: bytes) -> str | None:
    """Describe what an interrupted copy leaves: the room for the file, without its content."""
    first = data[:1]
    if len(data) < _FEWEST_FILLED or data[:_FILLED].strip(first):
        return None
    value = "zeros" if first == b"\0" else f"bytes of the value {first[0]}"
    if data.count(first) == len(data):
        return f"a file of {len(data)} bytes that holds only {value}, as an interrupted copy leaves: copy it again"
    return f"a file whose beginning holds only {value}, as an interrupted copy leaves: copy it again"
