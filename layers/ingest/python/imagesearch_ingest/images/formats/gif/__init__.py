"""GIF, and the frames of an animation."""

from imagesearch_ingest.images.formats.format import Format, PassThrough, starts_with
from imagesearch_ingest.images.formats.gif.blocks import extract_first_image
from imagesearch_ingest.images.formats.gif.frames import read_later_frames
from imagesearch_ingest.images.formats.gif.load import load
from imagesearch_ingest.images.formats.gif.pass_through import PLUGIN, is_decodable, strip

GIF = Format(
    name="GIF",
    title="GIF",
    matches=starts_with(b"GIF87a", b"GIF89a"),
    plugin=PLUGIN,
    inspect=extract_first_image,
    load=load,
    pass_through=PassThrough(strip, is_decodable),
    read_later_frames=read_later_frames,
)
