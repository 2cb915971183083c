"""TIFF and BigTIFF."""

from PIL import ImageFile

from imagesearch_ingest.images.formats.format import Decoded, Format, PassThrough, Pipeline, starts_with
from imagesearch_ingest.images.formats.tiff.bounds import check_directories
from imagesearch_ingest.images.formats.tiff.pass_through import is_decodable, strip
from imagesearch_ingest.images.pillow import Plugin
from imagesearch_ingest.images.policy import Policy


def describe_tiff(jpeg: Format) -> Format:
    """Return the row of TIFF. ``jpeg`` is the row of JPEG, since a TIFF may hold a whole JPEG file."""

    def load(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
        from imagesearch_ingest.images.formats.tiff.load import load  # noqa: PLC0415 (slow to import; TIFF is rare)

        return load(opened, data, policy, jpeg)

    def open_pipeline(data: bytes, policy: Policy) -> Pipeline | None:
        from imagesearch_ingest.images.formats.tiff.pipeline import open_pipeline  # noqa: PLC0415 (as above)

        return open_pipeline(data, policy)

    return Format(
        name="TIFF",
        title="TIFF",
        matches=starts_with(b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"),  # the last two are BigTIFF
        plugin=Plugin("imagesearch_ingest.images.formats.tiff.plugin", "Tiff"),
        inspect=check_directories,
        load=load,
        pass_through=PassThrough(strip, is_decodable),
        open_pipeline=open_pipeline,
    )
