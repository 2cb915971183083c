"""Load the decoders of HEIF when the first file needs them: few pictures do, and the imports are slow."""

from typing import cast

from PIL import ImageFile

from imagesearch_ingest.images.formats.format import Decoded
from imagesearch_ingest.images.policy import Policy


def load_avif(opened: ImageFile.ImageFile, _data: bytes, policy: Policy) -> Decoded:
    """Decode an AVIF."""
    from imagesearch_ingest.images.formats.heif.avif import AvifFile, load  # noqa: PLC0415 (see above)

    return load(cast("AvifFile", opened), policy)


def load_heic(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode a HEIC."""
    from imagesearch_ingest.images.formats.heif.heic import load  # noqa: PLC0415 (see above)
    from imagesearch_ingest.images.formats.heif.libheif import HeicFile  # noqa: PLC0415 (see above)

    return load(cast("HeicFile", opened), data, policy)
