"""PNG, and the first frame of APNG."""

from imagesearch_ingest.images.animation import read_later_frames
from imagesearch_ingest.images.formats.format import Format, PassThrough, starts_with
from imagesearch_ingest.images.formats.png.chunks import SIGNATURE
from imagesearch_ingest.images.formats.png.pass_through import PLUGIN, has_contrast, is_decodable, strip
from imagesearch_ingest.images.formats.png.pipeline import open_pipeline
from imagesearch_ingest.images.formats.png.whole import inspect, load_whole

PNG = Format(
    name="PNG",
    title="PNG",
    matches=starts_with(SIGNATURE),
    plugin=PLUGIN,
    inspect=inspect,
    load=load_whole,
    pass_through=PassThrough(strip, is_decodable, has_contrast),
    open_pipeline=open_pipeline,
    read_later_frames=read_later_frames,
)
