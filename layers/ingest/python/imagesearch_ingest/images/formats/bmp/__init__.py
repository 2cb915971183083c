"""BMP of Windows and OS/2."""

from imagesearch_ingest.images.formats.bmp.header import is_bmp
from imagesearch_ingest.images.formats.bmp.load import PLUGIN, inspect, load
from imagesearch_ingest.images.formats.bmp.pass_through import is_decodable, strip
from imagesearch_ingest.images.formats.format import Format, PassThrough

BMP = Format(
    name="BMP",
    title="BMP",
    matches=is_bmp,
    plugin=PLUGIN,
    inspect=inspect,
    load=load,
    pass_through=PassThrough(strip, is_decodable),
)
