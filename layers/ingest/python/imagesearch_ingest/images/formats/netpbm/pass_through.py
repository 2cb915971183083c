"""Strip a raw PPM with samples of one byte: P6 with a maximum of 255 (Netpbm's ppm(5)).

A new header without comments is written. Everything after the last row is removed, further images included.
"""

import re

from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.netpbm.samples import find_samples

# Possessive, so that no header is searched twice. A comment must follow white space: ppm(5) allows it within a number,
# too, but readers differ there.
_GAP = rb"[ \t\r\n\v\f](?:[ \t\r\n\v\f]|#[^\r\n]*+[\r\n])*+"
_HEADER = re.compile(rb"P6" + _GAP + rb"([1-9][0-9]{0,4})" + _GAP + rb"([1-9][0-9]{0,4})" + _GAP + rb"255[ \t\r\n\v\f]")


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    header = _HEADER.match(data)
    if header is None:
        return None
    width, height = int(header[1]), int(header[2])
    needed = 3 * width * height
    begin = find_samples(data, header.end(), needed)
    end = begin + needed
    if end > len(data):
        return None
    found = ((b"#" in data[:begin], "comment"), (end < len(data), "trailing data"))
    return StrippedImage(
        data=b"P6\n%d %d\n255\n" % (width, height) + data[begin:end],
        width=width,
        height=height,
        removed=tuple(name for is_there, name in found if is_there),
    )


def is_decodable(_: StrippedImage) -> bool:
    """Return true: uncompressed pixels decode if all are there, which ``strip`` has checked."""
    return True
