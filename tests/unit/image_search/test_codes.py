import pytest

from imagesearch_ingest.image_search.codes import AUTHENTICATION_CODES, SERVICE_CODES, error_for_code
from imagesearch_ingest.model.reasons import FaultClass, Reason
from tests.support.image_search_codes import EXPECTED, REFUSE_THE_KEY

# AddImage reference, "Error codes": every one.
REFERENCE = """
    BadRequest InvalidInstance NoCaretSeperator EmptyMeta InvalidMetaItem NoPicList NoSpecifiedPic InvalidCategory
    OverflowMaxResultNum OverflowMaxReturnNum InvalidIntAttr UnsupportedPicFormat InvalidFilterClause InstanceOverQuota
    IncorrectOrientation UnsupportedPicPixels InvalidStrAttr InvalidStrAttr2 InvalidStrAttr3 InvalidStrAttr4
    InvalidIntAttr2 InvalidIntAttr3 InvalidIntAttr4 PictureError UnsupportedInstanceType UnsupportedOperationType
    NoPermission DeniedRequest UnknownException NetworkException AccessEngineFailed InternalOssError InternalSwiftError
    InternalTableStoreError ConnectionDVException
"""


def test_every_code_of_the_reference_has_a_row() -> None:
    assert set(REFERENCE.split()) - SERVICE_CODES.keys() == set()


def test_table_has_exactly_the_expected_rows() -> None:
    assert SERVICE_CODES == EXPECTED


def test_authentication_codes_refuse_the_key() -> None:
    assert set(AUTHENTICATION_CODES) == REFUSE_THE_KEY


@pytest.mark.parametrize(
    ("code", "fault_class"),
    [
        ("DeniedRequest", FaultClass.THROTTLED),  # HTTP 403 ...
        ("NoPermission", FaultClass.SYSTEMIC),  # ... and HTTP 403
        ("UnsupportedPicPixels", FaultClass.PERMANENT),
        ("InvalidInstance", FaultClass.SYSTEMIC),
        ("InstanceOverQuota", FaultClass.SYSTEMIC),
        ("UnknownException", FaultClass.TRANSIENT),
        ("SignatureDoesNotMatch", FaultClass.SYSTEMIC),
    ],
)
def test_the_most_important_codes(code: str, fault_class: FaultClass) -> None:
    error = error_for_code(code, "message", "R1")
    assert error.reason.fault_class is fault_class
    assert (error.detail, error.service_code, error.service_request_id) == ("message", code, "R1")


def test_lost_upload_is_uploaded_again() -> None:
    error = error_for_code("PictureError", "[download] Img Download Failed.")
    assert (error.reason, error.attempts, error.needs_new_upload) == (Reason.SERVICE_REJECTED, 3, True)


def test_unknown_code_loses_nothing_and_stops_nothing() -> None:
    error = error_for_code("BrandNewCode", "message")
    assert (error.reason, error.attempts) == (Reason.SERVICE_CODE_UNKNOWN, 2)
    assert error.service_code == "BrandNewCode"
