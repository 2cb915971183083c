"""Decode a JPEG at the smallest scale that is large enough."""

from io import BytesIO

from PIL import Image, ImageFile, JpegImagePlugin

from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.fit import choose_dct_scale
from imagesearch_ingest.images.formats.format import Decoded, Inspection, describe
from imagesearch_ingest.images.formats.jpeg.completeness import check_whole, ends_in_filling
from imagesearch_ingest.images.formats.jpeg.holes import has_runs
from imagesearch_ingest.images.formats.jpeg.kinds import check_kind
from imagesearch_ingest.images.formats.jpeg.metadata import read_exif, read_profile
from imagesearch_ingest.images.formats.jpeg.normalise import normalise
from imagesearch_ingest.images.formats.jpeg.scans import check_passes, check_scans
from imagesearch_ingest.images.formats.jpeg.structure import Structure, read_structure
from imagesearch_ingest.images.formats.jpeg.tables import check_quantisation
from imagesearch_ingest.images.formats.jpeg.warnings import (
    WarningGivenError,
    check_scan_data,
    decode_strictly,
)
from imagesearch_ingest.images.limits import check_memory, fits_memory
from imagesearch_ingest.images.policy import Policy

_SCALES = (1, 2, 4, 8)
_USUAL_FILE = 32_000_000  # bytes
_IN_VIPS = {1, 3}  # components that libvips decodes to grey or RGB


def inspect(data: bytes, _: Policy) -> Inspection:
    """Return the file's image alone, well-formed, for Pillow.

    Raise ``UNSUPPORTED_FORMAT`` for kinds that are not read, and ``CORRUPT_IMAGE`` for missing parts and attacks.
    """
    structure = read_structure(data)
    check_kind(structure)
    check_scans(structure)
    check_quantisation(structure)
    return Inspection(normalise(structure), is_animated=False)


def load(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode the image. Its EXIF and profile come from the file, since the image alone has none.

    Raise ``CORRUPT_IMAGE`` and ``TOO_MANY_PIXELS``.
    """
    if not isinstance(opened, JpegImagePlugin.JpegImageFile):
        raise TypeError("not a JPEG")
    structure = read_structure(data)
    stored = opened.size
    scale = choose_scale(structure, policy)
    check_passes(structure)
    opened.info |= {"exif": read_exif(structure), "icc_profile": read_profile(structure)}
    image = _decode(opened, structure, scale)
    scaled = (f"{stored[0]}x{stored[1]} to {image.width}x{image.height}",) if image.size != stored else ()
    return describe(opened, image, stored=stored, steps=scaled)


def choose_scale(structure: Structure, policy: Policy) -> int:
    """Return the divisor for the sides. It is larger than wanted if only then the memory suffices."""
    size = structure.frame.width, structure.frame.height
    wanted = choose_dct_scale(*size, policy)
    largest = min(size) // policy.min_side
    possible = [scale for scale in _SCALES if scale == wanted or wanted < scale <= largest]
    scale = next((scale for scale in possible if fits_memory(_count_bytes(structure, scale))), wanted)
    kind = "progressive JPEG" if structure.frame.is_progressive else "JPEG"
    check_memory(*size, _count_bytes(structure, scale), kind)
    return scale


def _count_bytes(structure: Structure, scale: int) -> float:
    """Return the memory for decoding: libjpeg keeps all coefficients of an image of several scans until the last.

    The limit leaves room for a file of 32 MB, which is held twice.
    """
    frame = structure.frame
    areas = [component.across * component.down for component in frame.components]
    pixels = frame.width * frame.height
    if structure.decodes_at_once:
        return 4 * pixels / scale**2
    coefficients = 2 * pixels * sum(areas) / max(1, *areas)
    return coefficients + 3 * pixels / scale**2 + 2 * max(0, len(structure.data) - _USUAL_FILE)


def _decode(opened: JpegImagePlugin.JpegImageFile, structure: Structure, scale: int) -> Image.Image:
    if structure.frame.is_arithmetic:
        if structure.end is None:
            raise corrupt("JPEG", "its end is missing")
        return _decode_by_pillow(opened, scale)
    alone = _read_alone(opened)
    if structure.decodes_at_once:
        image = _decode_by_pillow(opened, scale)
        if structure.end is None or ends_in_filling(image) or has_runs(structure):
            check_whole(read_structure(alone))
        return image
    return _decode_scans(opened, read_structure(alone), scale)


def _read_alone(opened: JpegImagePlugin.JpegImageFile) -> bytes:
    """Return the normalised file that Pillow has opened. It is not copied."""
    if not isinstance(opened.fp, BytesIO):
        raise TypeError("not opened from memory")
    return opened.fp.getvalue()


def _decode_scans(opened: JpegImagePlugin.JpegImageFile, structure: Structure, scale: int) -> Image.Image:
    """Decode a normalised image of several scans by libvips, which gives warnings.

    Pillow decodes it if the warning is harmless, or if it has four components.
    """
    if len(structure.frame.components) not in _IN_VIPS:
        check_whole(structure)
        return _decode_by_pillow(opened, scale)
    try:
        image = decode_strictly(structure.data, scale)
    except WarningGivenError as error:
        check_scan_data(structure, str(error))
        return _decode_by_pillow(opened, scale)
    image.info |= opened.info
    return image


def _decode_by_pillow(opened: JpegImagePlugin.JpegImageFile, scale: int) -> Image.Image:
    """Decode to YCbCr if the file holds it, since it will be encoded again. A profile needs RGB."""
    profile = opened.info["icc_profile"]
    mode = "YCbCr" if _holds_ycbcr(opened) and (not profile or is_srgb(profile)) else opened.mode
    opened.draft(mode, (opened.width // scale, opened.height // scale))
    try:
        opened.load()
    except OSError as error:
        raise corrupt("JPEG", "its tables or its pixel data are broken") from error
    return opened


def _holds_ycbcr(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Guess like libjpeg (libjpeg.txt, "Special color spaces")."""
    if image.mode != "RGB":
        return False
    if "jfif" in image.info:
        return True
    if "adobe" in image.info:
        return bool(image.info.get("adobe_transform"))
    return [number for number, *_ in image.layer] != list(b"RGB")
