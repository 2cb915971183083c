"""Key → ImageIdentity: under which ProductId and PicName a picture stands in the index.

The default rule (design, section 1): PicName is the whole key, as in the service's own bulk import; ProductId is the
folder that holds the picture, or the file's stem where there is none. The key can be read back from PicName, so no two
keys of a bucket share an identity.
"""

from dataclasses import dataclass

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.reasons import Reason

MAX_ID_CHARACTERS = 256  # AddImage reference, ProductId and PicName


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """What names one picture in an instance: same ids, same entry (AddImage reference, PicName)."""

    product_id: str
    pic_name: str


def identify(key: str) -> ImageIdentity:
    """Raises ``IngestError(KEY_TOO_LONG)`` when an id would exceed 256 characters."""
    if len(key) > MAX_ID_CHARACTERS:
        detail = f"the key has {len(key)} characters; PicName, which is the key, holds {MAX_ID_CHARACTERS}"
        raise IngestError(Reason.KEY_TOO_LONG, detail)
    path, _, name = key.rpartition("/")
    folder = path.rpartition("/")[2]
    return ImageIdentity(product_id=folder or _stem(name) or key, pic_name=key)


def _stem(name: str) -> str:
    stem, _, _ = name.rpartition(".")
    return stem or name
