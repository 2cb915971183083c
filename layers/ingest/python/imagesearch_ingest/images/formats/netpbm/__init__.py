"""Netpbm: PBM, PGM and PPM, plain and raw."""

import re

from imagesearch_ingest.images.formats.format import Format, PassThrough
from imagesearch_ingest.images.formats.netpbm.pass_through import is_decodable, strip
from imagesearch_ingest.images.formats.netpbm.samples import convert_to_bytes
from imagesearch_ingest.images.pillow import Plugin

_MAGIC = re.compile(rb"P[1-6][ \t\r\n\v\f]+(#|[0-9])")


def _is_netpbm(data: bytes) -> bool:
    return bool(_MAGIC.match(data))


NETPBM = Format(
    name="PPM",
    title="PPM",
    matches=_is_netpbm,
    plugin=Plugin("PIL.PpmImagePlugin", "PpmImageFile"),
    inspect=convert_to_bytes,
    pass_through=PassThrough(strip, is_decodable),
)
