"""WebP, lossy and lossless."""

from imagesearch_ingest.images.animation import read_later_frames
from imagesearch_ingest.images.formats.format import Format, PassThrough
from imagesearch_ingest.images.formats.webp.container import inspect
from imagesearch_ingest.images.formats.webp.load import load
from imagesearch_ingest.images.formats.webp.pass_through import is_decodable, is_webp, strip
from imagesearch_ingest.images.pillow import Plugin

WEBP = Format(
    name="WEBP",
    title="WebP",
    matches=is_webp,
    plugin=Plugin("imagesearch_ingest.images.formats.webp.plugin", "open_webp"),
    inspect=inspect,
    load=load,
    pass_through=PassThrough(strip, is_decodable),
    read_later_frames=read_later_frames,
    bytes_per_pixel=6,
)
