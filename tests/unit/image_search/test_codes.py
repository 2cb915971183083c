import pytest

from imagesearch_ingest.image_search.codes import SERVICE_CODES, error_for_code
from imagesearch_ingest.model.reasons import FaultClass, Reason

# AddImage reference, Error codes: every one.
REFERENCE = [
    "BadRequest",
    "InvalidInstance",
    "NoCaretSeperator",
    "EmptyMeta",
    "InvalidMetaItem",
    "NoPicList",
    "NoSpecifiedPic",
    "InvalidCategory",
    "OverflowMaxResultNum",
    "OverflowMaxReturnNum",
    "InvalidIntAttr",
    "UnsupportedPicFormat",
    "InvalidFilterClause",
    "InstanceOverQuota",
    "IncorrectOrientation",
    "UnsupportedPicPixels",
    "InvalidStrAttr",
    "InvalidStrAttr2",
    "InvalidStrAttr3",
    "InvalidStrAttr4",
    "InvalidIntAttr2",
    "InvalidIntAttr3",
    "InvalidIntAttr4",
    "PictureError",
    "UnsupportedInstanceType",
    "UnsupportedOperationType",
    "NoPermission",
    "DeniedRequest",
    "UnknownException",
    "NetworkException",
    "AccessEngineFailed",
    "InternalOssError",
    "InternalSwiftError",
    "InternalTableStoreError",
    "ConnectionDVException",
]


@pytest.mark.parametrize("code", REFERENCE)
def test_every_code_of_the_reference_has_a_row(code: str) -> None:
    assert code in SERVICE_CODES


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
def test_what_the_codes_that_matter_most_mean(code: str, fault_class: FaultClass) -> None:
    error = error_for_code(code, "message", "R1")
    assert error.reason.fault_class is fault_class
    assert (error.service_code, error.service_request_id) == (code, "R1")


def test_a_transfer_that_failed_is_sent_again_before_the_picture_is_blamed() -> None:
    error = error_for_code("PictureError", "[download] Img Download Failed.")
    assert error.reason is Reason.SERVICE_REJECTED
    assert error.attempts == 3


def test_a_code_nobody_has_heard_of_loses_nothing_and_stops_nothing() -> None:
    error = error_for_code("BrandNewCode", "message")
    assert error.reason.fault_class is FaultClass.TRANSIENT
    assert error.service_code == "BrandNewCode"
