import gc
import weakref
from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.errors import NO_RESPONSE, ErrorTranslation, check_size
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


class VendorError(Exception):
    """An exception of some SDK."""


def translate(error: BaseException) -> IngestError | None:
    return NO_RESPONSE.error("reading the queue") if isinstance(error, VendorError) else None


@pytest.fixture
def without_garbage_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_a_vendors_error_is_replaced() -> None:
    with pytest.raises(IngestError) as raised, ErrorTranslation(translate):
        raise VendorError
    assert (raised.value.reason, raised.value.detail) == (
        Reason.TIMEOUT,
        "reading the queue failed: no response in time",
    )
    assert isinstance(raised.value.__cause__, VendorError)


def test_another_error_passes_unchanged() -> None:
    with pytest.raises(KeyError, match="planted"), ErrorTranslation(translate):
        raise KeyError("planted")


@pytest.mark.usefixtures("without_garbage_collection")
def test_a_replaced_error_is_freed_at_once() -> None:
    """Its frames may hold an open connection."""
    alive = None
    try:
        with ErrorTranslation(translate):
            error = VendorError()
            alive = weakref.ref(error)
            raise error
    except IngestError:
        del error
    assert alive() is None


def test_the_largest_size_is_accepted() -> None:
    check_size(64_000_000, 64_000_000)


def test_a_larger_size_names_both_sizes() -> None:
    with pytest.raises(IngestError) as raised:
        check_size(64_200_000, 64_000_000)
    assert (raised.value.reason, raised.value.detail) == (
        Reason.OBJECT_TOO_LARGE,
        "the object has 64.2 MB; at most 64.0 MB are read",
    )
