"""Formats that are named but not read."""

import pytest

from imagesearch_ingest.images.formats import FORMATS
from imagesearch_ingest.images.unread import OTHER_FILES, UNREAD_IMAGES


@pytest.mark.parametrize("magic", [magic for magic, _ in (*UNREAD_IMAGES, *OTHER_FILES)])
def test_a_format_that_is_read_is_not_listed_here(magic: bytes) -> None:
    assert [row.name for row in FORMATS if row.matches(magic.ljust(64, b"\0"))] == []
