"""Inspect and decode PNGs, and rebuild them first if they are damaged.

A file whose chunks are sound costs nothing more: it is rebuilt only if the decoder fails, too.
"""

from PIL import ImageFile

from imagesearch_ingest.images.formats.format import Decoded, Inspection
from imagesearch_ingest.images.formats.png.chunks import select_critical_chunks
from imagesearch_ingest.images.formats.png.load import load
from imagesearch_ingest.images.formats.png.pass_through import PLUGIN
from imagesearch_ingest.images.formats.png.repair import rebuild
from imagesearch_ingest.images.pillow import open_header
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def inspect(data: bytes, policy: Policy) -> Inspection:
    """Return the chunks that make the image. Raise ``CORRUPT_IMAGE`` or ``UNSUPPORTED_FORMAT``."""
    try:
        return select_critical_chunks(data)
    except IngestError as error:
        if error.reason is not Reason.CORRUPT_IMAGE:
            raise
    repaired = rebuild(data, policy)
    return select_critical_chunks(repaired)._replace(repaired=repaired)


def load_whole(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode the image, if necessary from a rebuilt file. Raise ``CORRUPT_IMAGE``."""
    try:
        return load(opened, data, policy)
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, IngestError) and error.reason is not Reason.CORRUPT_IMAGE:
            raise
    repaired = rebuild(data, policy)
    return load(open_header(select_critical_chunks(repaired).data, PLUGIN), repaired, policy)
