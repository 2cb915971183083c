"""JPEG: the first image of the file."""

import math

from imagesearch_ingest.images.formats.format import Format, PassThrough, starts_with
from imagesearch_ingest.images.formats.jpeg.load import load
from imagesearch_ingest.images.formats.jpeg.pass_through import is_decodable, strip
from imagesearch_ingest.images.formats.jpeg.rows import PLUGIN
from imagesearch_ingest.images.formats.jpeg.segments import check_segments

JPEG = Format(
    name="JPEG",
    title="JPEG",
    matches=starts_with(b"\xff\xd8\xff"),
    plugin=PLUGIN,
    inspect=check_segments,
    load=load,
    pass_through=PassThrough(strip, is_decodable),
    bytes_per_pixel=0,  # load checks it, since it depends on the scale
    removable_bytes=math.inf,  # phones put videos behind their images
)
