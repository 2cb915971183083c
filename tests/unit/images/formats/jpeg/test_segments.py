"""Segments of a JPEG."""

import pytest

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    encoded,
    quarters,
)


def test_a_jpeg_of_many_scans_is_not_decoded() -> None:
    data = encoded(quarters(2000, 2000), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    with pytest.raises(IngestError, match="more than 100 scans") as caught:
        prepare(data[:-2] + data[scan:-2] * 200 + b"\xff\xd9", POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE
