"""BMP of Windows and OS/2."""

from imagesearch_ingest.images.formats.bmp.load import load
from imagesearch_ingest.images.formats.bmp.pass_through import is_decodable, strip
from imagesearch_ingest.images.formats.bmp.repair import is_bmp, repair
from imagesearch_ingest.images.formats.format import Format, PassThrough
from imagesearch_ingest.images.pillow import Plugin

BMP = Format(
    name="BMP",
    title="BMP",
    matches=is_bmp,
    plugin=Plugin("PIL.BmpImagePlugin", "BmpImageFile"),
    inspect=repair,
    load=load,
    pass_through=PassThrough(strip, is_decodable),
)
