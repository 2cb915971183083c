"""TIFF: one page of grey, RGB or palette, as strips or tiles, with the tags that decoding needs (TIFF 6.0, part 1).

The directory is written anew, in the byte order of the file; strips and tiles are copied as they are. Everything else
is cut: descriptions, resolution, the directories of EXIF and GPS, XMP, IPTC, Photoshop's, the profile, and whatever no
tag of these speaks of.
"""

from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.conforming.tiff_directory import LONG, SHORT, Directory, Numbers, write
from imagesearch_ingest.images.conforming.tiff_layout import bits_of, layout_of, pieces_of
from imagesearch_ingest.images.reading.pillow import open_header

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 259, 262, 277
_PREDICTOR, _COLOURS, _SAMPLE_FORMAT, _PROFILE = 317, 320, 339, 34675
_AS_DEFAULT = {254: 0, 255: 1, 266: 1, 274: 1, 284: 1, 32997: 1}  # whole page, bit order, orientation, chunky, depth
_USED = {*range(256, 260), 262, 273, *range(277, 280), 317, 320, *range(322, 326), _SAMPLE_FORMAT, *_AS_DEFAULT}
_TOUCHED = {330, 338}  # further pages, alpha and other samples
_POINTERS = {34665, 34853}  # to further directories: they are what would look like trailing data
_RAW, _LZW, _PACKBITS, _DEFLATE = 1, 5, 32773, {8, 32946}
_COMPRESSIONS = {_RAW, _LZW, _PACKBITS, *_DEFLATE}
_BY_PALETTE = 3
_LAYOUTS = {(0, (1,)), (0, (8,)), (1, (1,)), (1, (8,)), (2, (8, 8, 8)), *((3, (bits,)) for bits in (1, 4, 8))}
_DIFFERENCES, _WITH_DIFFERENCES = 2, {_LZW, *_DEFLATE}
_MAX_PROFILE_BYTES = 4 * 1024 * 1024  # the largest in common use, for printing presses, are below
_NAMES = {
    **dict.fromkeys((269, 270, 271, 272, 285, 305, 315, 316, 33432), "text"),
    **dict.fromkeys((282, 283, 296), "resolution"),
    306: "time",
    700: "XMP",
    33723: "IPTC",
    34377: "Photoshop data",
    34665: "EXIF",
    34853: "GPS",
    _PROFILE: "ICC profile",
}


def parse(data: bytes) -> Bare | None:
    directory = Directory(data)
    if not _is_plain(directory):
        return None
    colours = _colours(directory)
    layout = layout_of(directory)
    pieces, end = pieces_of(data, directory, layout)
    numbers = {**colours, **layout.numbers, layout.counts: (LONG, tuple(map(len, pieces)))}
    cut = [_NAMES.get(tag, "other tags") for tag in directory.tags if tag not in _USED]
    is_more = max(end, directory.end) + 1 < len(data) and not _POINTERS.intersection(directory.tags)
    return Bare(
        data=write(directory.magic, numbers, (layout.offsets, pieces)),
        width=directory.number(_WIDTH),
        height=directory.number(_LENGTH),
        removed=tuple(dict.fromkeys(cut + ["trailing data"] * is_more)),
        profile=directory.raw(_PROFILE),
    )


def decodes(bare: Bare) -> bool:
    """A full decode. That strips and tiles cover the picture, which Pillow does not look at, ``parse`` has seen to."""
    from imagesearch_ingest.images.reading import libtiff  # noqa: PLC0415 (TIFF is rare, and so is what it imports)

    image = open_header(bare.data, "TIFF")
    libtiff.silence()
    image.load()
    return image.size == (bare.width, bare.height)


def _is_plain(directory: Directory) -> bool:
    if _TOUCHED.intersection(directory.tags):
        return False
    if any(directory.number(tag, default) != default for tag, default in _AS_DEFAULT.items()):
        return False
    return len(directory.raw(_PROFILE) or b"") <= _MAX_PROFILE_BYTES


def _colours(directory: Directory) -> Numbers:
    """What a sample is. Raises ``ValueError`` for whatever is not grey, RGB or palette of up to 8 bits."""
    bits, predictor = bits_of(directory), directory.number(_PREDICTOR, 1)
    photometric, compression = directory.number(_PHOTOMETRIC), directory.number(_COMPRESSION)
    if (photometric, bits) not in _LAYOUTS or compression not in _COMPRESSIONS:
        raise ValueError("colours or a compression that need the ordinary path")
    if _SAMPLE_FORMAT in directory.tags and set(directory.numbers(_SAMPLE_FORMAT, len(bits))) != {1}:
        raise ValueError("samples that are not unsigned")
    if predictor != 1 and (predictor != _DIFFERENCES or compression not in _WITH_DIFFERENCES or bits[0] != 8):  # noqa: PLR2004 (bits)
        raise ValueError("an odd predictor")
    found = {_BITS: bits, _COMPRESSION: (compression,), _PHOTOMETRIC: (photometric,), _SAMPLES: (len(bits),)}
    if photometric == _BY_PALETTE:
        found[_COLOURS] = directory.numbers(_COLOURS, 3 << bits[0])
        if 0 < max(found[_COLOURS]) < 256:  # noqa: PLR2004 (levels)
            raise ValueError("colours of 8 bits, by mistake: some readers guess so, some show black")
    if predictor == _DIFFERENCES:
        found[_PREDICTOR] = (predictor,)
    return {tag: (SHORT, values) for tag, values in found.items()}
