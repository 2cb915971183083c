"""PPM: the binary kind with samples of one byte, P6 with a maximum of 255 (Netpbm's ppm(5)).

The header is written anew without its comments. What follows the last row is cut, further pictures too.
"""

import re

from imagesearch_ingest.images.conforming.bare import Bare

# Possessive, so that no header makes it search twice. A comment begins after white space only: within a number, where
# ppm(5) would allow it too, readers differ.
_GAP = rb"[ \t\r\n\v\f](?:[ \t\r\n\v\f]|#[^\r\n]*+[\r\n])*+"
_HEADER = re.compile(rb"P6" + _GAP + rb"([1-9][0-9]{0,4})" + _GAP + rb"([1-9][0-9]{0,4})" + _GAP + rb"255[ \t\r\n\v\f]")


def parse(data: bytes) -> Bare | None:
    header = _HEADER.match(data)
    if header is None:
        return None
    width, height = int(header[1]), int(header[2])
    end = header.end() + 3 * width * height
    if end > len(data):
        return None
    found = ((b"#" in header[0], "comment"), (end < len(data), "trailing data"))
    return Bare(
        data=b"P6\n%d %d\n255\n" % (width, height) + data[header.end() : end],
        width=width,
        height=height,
        removed=tuple(name for is_there, name in found if is_there),
    )


def decodes(_: Bare) -> bool:
    """What is not compressed decodes when it is all there: ``parse`` is the proof."""
    return True
