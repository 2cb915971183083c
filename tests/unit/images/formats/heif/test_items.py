"""Items of a HEIC."""

from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import assert_quarters, quarters, refuse, run
from tests.unit.images.test_prepare_heif import heic


def test_heic_item_types_must_be_text() -> None:
    """An item of another type would crash libheif's binding, and with it the process."""
    data = heic(quarters())
    at = data.index(b"Exif", data.index(b"iinf"))
    reason, detail = refuse(data[:at] + b"E\xeaif" + data[at + 4 :])
    assert reason is Reason.CORRUPT_IMAGE
    assert "not text" in detail
    assert_quarters(run(data)[1], tolerance=16)
