"""JPEG: the first image of the file."""

import math

from imagesearch_ingest.images.formats.format import Format, PassThrough, starts_with
from imagesearch_ingest.images.formats.jpeg.load import inspect, load
from imagesearch_ingest.images.formats.jpeg.pass_through import is_decodable, strip
from imagesearch_ingest.images.formats.jpeg.pipeline import open_pipeline
from imagesearch_ingest.images.formats.jpeg.trial import PLUGIN

JPEG = Format(
    name="JPEG",
    title="JPEG",
    matches=starts_with(b"\xff\xd8\xff"),
    plugin=PLUGIN,
    inspect=inspect,
    load=load,
    pass_through=PassThrough(strip, is_decodable),
    open_pipeline=open_pipeline,
    bytes_per_pixel=0,  # load checks it, since it depends on the scale
    removable_bytes=math.inf,  # phones put videos behind their images
)
