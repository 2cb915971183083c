"""WebP, lossy and lossless."""

from imagesearch_ingest.images.formats.format import Format, PassThrough
from imagesearch_ingest.images.formats.webp.load import load
from imagesearch_ingest.images.formats.webp.pass_through import PLUGIN, is_decodable, is_webp, strip

WEBP = Format(
    name="WEBP",
    title="WebP",
    matches=is_webp,
    plugin=PLUGIN,
    pass_through=PassThrough(strip, is_decodable),
    load=load,
    bytes_per_pixel=6,
)
