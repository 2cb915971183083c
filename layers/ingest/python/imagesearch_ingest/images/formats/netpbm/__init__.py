"""Netpbm: PBM, PGM and PPM, plain and raw."""

from imagesearch_ingest.images.formats.format import Format, PassThrough
from imagesearch_ingest.images.formats.netpbm.pass_through import is_decodable, strip
from imagesearch_ingest.images.formats.netpbm.samples import convert_to_bytes, is_netpbm
from imagesearch_ingest.images.pillow import Plugin

NETPBM = Format(
    name="PPM",
    title="PPM",
    matches=is_netpbm,
    plugin=Plugin("PIL.PpmImagePlugin", "PpmImageFile"),
    inspect=convert_to_bytes,
    pass_through=PassThrough(strip, is_decodable),
)
