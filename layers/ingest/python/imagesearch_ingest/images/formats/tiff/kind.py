"""Say what the samples of a page mean, and refuse by name the kinds of TIFF that cannot be read.

Meaning of the tags: TIFF 6.0. Numbers of the compressions: libtiff's ``tiff.h``.
"""

from enum import Enum
from typing import NamedTuple

from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

RAW, LZW, OLD_JPEG, JPEG = 1, 5, 6, 7
GROUP_3 = 3
FAX = {2, GROUP_3, 4, 32771}
_LOG = {34676, 34677}
DEFLATE, _OLD_DEFLATE, _PACKBITS, ZSTD, LZMA, WEBP = 8, 32946, 32773, 50000, 34925, 50001
# Those whose result is a row of bytes, whatever the samples are.
BYTEWISE = {RAW, LZW, _PACKBITS, DEFLATE, _OLD_DEFLATE, ZSTD, LZMA}
_READ = BYTEWISE | FAX | _LOG | {JPEG, OLD_JPEG, WEBP}
_UNREAD = {
    9: "JBIG",
    10: "JBIG",
    22610: "JPEG XR",
    32766: "NeXT",
    32809: "ThunderScan",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    33007: "JPEG 2000",
    34661: "JBIG",
    34712: "JPEG 2000",
    34715: "JBIG2",
    34887: "LERC",
    34892: "a camera's JPEG",
    34933: "PNG",
    34934: "JPEG XR",
    50002: "JPEG XL",
    52546: "JPEG XL",
    **dict.fromkeys((32895, 32896, 32897, 32898), "prepress lines (IT8)"),
    **dict.fromkeys((32908, 32909), "Pixar's formats"),
    **dict.fromkeys((34718, 34719, 34720), "Microsoft's document imaging"),
}
_CMYK = 1
_BYTE = 8  # bits
_MAX_SAMPLES = 32  # each is read by operations of its own


class Space(Enum):
    """What the colours of a page are, by the number of the tag and the number of samples."""

    WHITE_IS_ZERO = (0, 1)
    GREY = (1, 1)
    RGB = (2, 3)
    PALETTE = (3, 1)
    MASK = (4, 1)
    CMYK = (5, 4)
    YCBCR = (6, 3)
    CIE_LAB = (8, 3)
    ICC_LAB = (9, 3)
    ITU_LAB = (10, 3)
    LOG_LUV = (32845, 3)

    @property
    def samples(self) -> int:
        """Return how many samples are colours."""
        return self.value[1]


class Alpha(Enum):
    """What the alpha band is."""

    NONE = 0
    ASSOCIATED = 1  # multiplied into the colours
    PLAIN = 2


class Format(Enum):
    """What a sample is."""

    UNSIGNED = 1
    SIGNED = 2
    FRACTION = 3


class Kind(NamedTuple):
    """What the samples of a page are."""

    width: int  # pixels
    height: int
    samples: int  # of a pixel, as stored
    bits: int  # of a sample
    format: Format
    space: Space
    alpha: Alpha
    alpha_at: int  # index of the alpha sample
    compression: int
    has_planes: bool
    subsampling: tuple[int, int]  # pixels across and down that share one chroma sample


def refuse(what: str) -> IngestError:
    """Return the error for a kind of TIFF that is not read. ``what`` is a phrase that follows "a TIFF"."""
    advice = "save it as a TIFF of 8 bits with LZW, or as PNG or JPEG"
    return IngestError(Reason.UNSUPPORTED_FORMAT, f"a TIFF {what} cannot be read; {advice}")


def read_kind(page: Directory) -> Kind:
    """Return what the samples are. Raise ``UNSUPPORTED_FORMAT`` with the name of a kind that is not read."""
    compression = page.number(tags.COMPRESSION, RAW)
    if compression not in _READ:
        name = _UNREAD.get(compression)
        raise refuse(f"compressed as {name}" if name else f"with the unknown compression {compression}")
    samples = page.number(tags.SAMPLES, len(page.numbers(tags.BITS)) or 1)
    space = _read_space(page, compression, samples)
    if samples > _MAX_SAMPLES:
        raise refuse(f"with {samples} samples in a pixel")
    if samples < space.samples:
        raise refuse(f"with {samples} samples for {space.samples} colours")
    bits = _read_bits(page, samples)
    if compression == JPEG and bits != _BYTE:
        raise refuse(f"compressed as JPEG of {bits} bits")
    alpha, at = _read_alpha(page, space, samples)
    width, height = page.size
    return Kind(
        width,
        height,
        samples,
        bits,
        _read_format(page, bits),
        space,
        alpha,
        at,
        compression,
        has_planes=samples > 1 and page.number(tags.PLANAR, 1) == 2,  # noqa: PLR2004 (planes)
        subsampling=_read_subsampling(page, space),
    )


def _read_space(page: Directory, compression: int, samples: int) -> Space:
    """Return the space. Many readers guess a missing one like this."""
    default = Space.RGB if samples >= Space.RGB.samples else Space.WHITE_IS_ZERO if compression in FAX else Space.GREY
    number = page.number(tags.PHOTOMETRIC, default.value[0])
    space = next((space for space in Space if space.value[0] == number), None)
    if space is None:
        raise refuse(f"with colours of the unknown kind {number}")
    if space is Space.CMYK and page.number(tags.INK_SET, _CMYK) != _CMYK:
        raise refuse("of other inks than cyan, magenta, yellow and black")
    return Space.GREY if space is Space.MASK else space


def _read_bits(page: Directory, samples: int) -> int:
    bits = set(page.numbers(tags.BITS, most=samples)) or {1}
    if len(bits) > 1:
        raise refuse("whose samples differ in their bits")
    return bits.pop()


def _read_format(page: Directory, bits: int) -> Format:
    """Return the format. Most readers take samples of 8 bits as unsigned, whatever the tag says."""
    numbers = set(page.numbers(tags.SAMPLE_FORMAT)) or {1}
    number = numbers.pop()
    void = 4  # as writers say that do not know
    if numbers or number not in {1, 2, 3, void}:
        raise refuse("of complex numbers, or of samples of several kinds")
    return Format.UNSIGNED if number == void or bits <= _BYTE else Format(number)


def _read_alpha(page: Directory, space: Space, samples: int) -> tuple[Alpha, int]:
    """Return the kind and place of the alpha band.

    An extra sample of unspecified meaning is none: editors store selections so. Without the tag, the sample behind red,
    green and blue is alpha, as most readers take it.
    """
    extras = page.numbers(tags.EXTRA_SAMPLES)
    if tags.EXTRA_SAMPLES not in page and space in {Space.RGB, Space.GREY} and samples == space.samples + 1:
        extras = (Alpha.PLAIN.value,)
    known = samples - space.samples
    for at, extra in enumerate(extras[-known:] if known else ()):
        if extra in {Alpha.ASSOCIATED.value, Alpha.PLAIN.value}:
            return Alpha(extra), space.samples + at
    return Alpha.NONE, 0


def _read_subsampling(page: Directory, space: Space) -> tuple[int, int]:
    if space is not Space.YCBCR:
        return 1, 1
    across, down = (*page.numbers(tags.SUBSAMPLING), 2, 2)[:2] if tags.SUBSAMPLING in page else (2, 2)
    if not {across, down} <= {1, 2, 4}:
        raise refuse(f"with chroma subsampled by {across}x{down}")
    return across, down
