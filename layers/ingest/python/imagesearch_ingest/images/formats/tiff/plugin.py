"""Open a TIFF: find its pages, refuse camera raws, and choose the page that is the picture.

The class looks like one of Pillow's plugins, so that a TIFF is opened like any other file. libvips decodes it.
"""

from PIL import ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.directory import read_header
from imagesearch_ingest.images.formats.tiff.choose import Choice, choose_page
from imagesearch_ingest.images.formats.tiff.directories import read_pages
from imagesearch_ingest.images.formats.tiff.raw import name_camera_raw
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


class Tiff(ImageFile.ImageFile):
    """A TIFF of which only the directories have been read."""

    format = "TIFF"
    choice: Choice
    is_animated: bool

    def _open(self) -> None:
        data = self.fp.read() if self.fp else b""
        header = read_header(data)
        pages = list(read_pages(data, header)) if header else []
        if name := name_camera_raw(data, pages):
            raise IngestError(
                Reason.UNSUPPORTED_FORMAT,
                f"a camera raw ({name}) holds samples of a sensor, not a picture; export it as JPEG and upload that",
            )
        choice = choose_page(pages)
        if choice is None:
            raise corrupt("TIFF", "none of its directories describes a picture")
        if choice.directory.is_cut_off:
            raise corrupt("TIFF", "its directory is cut off")
        self.choice, self.is_animated = choice, choice.is_one_of_several
        self._size, self._mode = choice.directory.size, "RGBA"
