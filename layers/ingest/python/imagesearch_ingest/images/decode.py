"""Decode a file: check limits before memory is taken, and give a reason for every fault of the file."""

from imagesearch_ingest.images.animation import FIRST_FRAME
from imagesearch_ingest.images.formats import Format
from imagesearch_ingest.images.formats.format import Decoded
from imagesearch_ingest.images.limits import check_memory, check_size
from imagesearch_ingest.images.pillow import open_header, translate_errors
from imagesearch_ingest.images.policy import Animations, Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

# Bytes per pixel, by mode: of the image, and of the image to which its palette, bits or wide samples are converted.
_BYTES_BY_MODE = {"1": 2, "L": 1, "P": 5, "I;16": 3, "I": 5}
_BYTES_OF_OTHER_MODES = 4


def decode(data: bytes, file_format: Format, policy: Policy) -> Decoded:
    """Return the first image of the file, in any mode. A JPEG that is too large has been scaled down already.

    Raise ``TOO_MANY_PIXELS``, ``TOO_MANY_FRAMES``, ``IMAGE_TOO_SMALL`` and ``IMAGE_TOO_LONG`` from the header alone,
    ``CORRUPT_IMAGE`` for any error of a decoder, ``UNSUPPORTED_FORMAT`` for kinds of a format that cannot be read,
    ``NOT_AN_IMAGE`` for a picture that was handled as text on its way, and ``HEIC_NOT_INSTALLED``.
    """
    try:
        return _decode(data, file_format, policy)
    except IngestError as error:
        from imagesearch_ingest.images.refusal import correct_refusal  # noqa: PLC0415 (most functions never need it)

        raise correct_refusal(error, data, file_format.title) from error


def _decode(data: bytes, file_format: Format, policy: Policy) -> Decoded:
    with translate_errors(file_format.title, policy.max_pixels):
        inspected = file_format.inspect(data, policy)
        opened = open_header(inspected.data, file_format.plugin)
        width, height = opened.size
        check_size(width, height, policy)
        check_memory(width, height, width * height * _count_bytes(file_format, opened.mode), file_format.title)
        is_animated = inspected.is_animated
        if is_animated is None:
            is_animated = bool(getattr(opened, "is_animated", False))
        if is_animated and policy.animations is Animations.REJECT:
            raise IngestError(
                Reason.TOO_MANY_FRAMES,
                "it has more than one frame, and the settings reject animations (INGEST_ANIMATIONS)",
            )
        decoded = file_format.load(opened, inspected.repaired or data, policy)
    if is_animated:
        decoded.steps = (FIRST_FRAME, *decoded.steps)
    return decoded


def _count_bytes(file_format: Format, mode: str) -> float:
    if file_format.bytes_per_pixel is not None:
        return file_format.bytes_per_pixel
    return _BYTES_BY_MODE.get(mode, _BYTES_OF_OTHER_MODES)
