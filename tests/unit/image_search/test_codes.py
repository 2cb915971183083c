import pytest

from imagesearch_ingest.image_search.codes import AUTHENTICATION_CODES, SERVICE_CODES, error_for_code, refuses_key
from imagesearch_ingest.model.reasons import FaultClass, Reason
from tests.support.image_search_codes import EXPECTED, FAMILIES, REFUSE_THE_KEY

# AddImage reference, "Error codes": every one.
REFERENCE = """
    BadRequest InvalidInstance NoCaretSeperator EmptyMeta InvalidMetaItem NoPicList NoSpecifiedPic InvalidCategory
    OverflowMaxResultNum OverflowMaxReturnNum InvalidIntAttr UnsupportedPicFormat InvalidFilterClause InstanceOverQuota
    IncorrectOrientation UnsupportedPicPixels InvalidStrAttr InvalidStrAttr2 InvalidStrAttr3 InvalidStrAttr4
    InvalidIntAttr2 InvalidIntAttr3 InvalidIntAttr4 PictureError UnsupportedInstanceType UnsupportedOperationType
    NoPermission DeniedRequest UnknownException NetworkException AccessEngineFailed InternalOssError InternalSwiftError
    InternalTableStoreError ConnectionDVException
"""

# The gateway's public error codes (help documents 53438, 48054, 435312, 51132), without placeholders.
GATEWAY = """
    InvalidProduct.NotFound InvalidApi.NotFound InvalidProtocol.NeedSsl InvalidAccessKeyId.NotFound
    InvalidAccessKeyId.Inactive InvalidTimeStamp.Format InvalidTimeStamp.Expired InvalidParameter.Format
    InvalidParameter.Accept InvalidSecurityToken.Expired InvalidSecurityToken.MismatchWithAccessKey
    InvalidSecurityToken.Malformed InvalidParameter InvalidSignatureMethod IncompleteSignature InvalidRegion.NotFound
    InternalError ServiceUnavailable SignatureDoesNotMatch SignatureNonceUsed MissingSecurityToken MissingParameter
    ContentLengthDoesNotMatch ContentMD5NotMatched UnsupportedHTTPMethod Forbidden.AccessKeyDisabled Throttling
    Throttling.User Throttling.Api UnknownError UnsupportedOperation NoSuchVersion Forbidden Forbidden.RiskControl
    Forbidden.UserVerification IllegalTimestamp ActionUnauthorized UnsupportedParameter Forbidden.RAM
    Forbedden.NotSupportRAM InsufficientBalance
"""
# The service's OpenAPI metadata, 2020-12-14, without searches by text and comparisons.
METADATA = """
    NoSpecifiedProductId NoSpecifiedPicName NoSpecifiedPicContent InvalidInstanceName PicNotExist InstanceStatusError
    InvalidRequestId InvalidRequestIdTooLarge TimeoutForTransferImage RegionError InvalidPicUrl Console.BadRequest
    Console.InstanceNotFound Console.LoginError Console.NoPermission Console.InstanceStatusError
    Console.OrderStatusError Console.InternalError Console.CallServiceError Console.IncrementStatusError
    Console.TaskAlreadyExist NoSpecifiedSearchPic InvalidStartParameter InvalidNumParameter
"""


def test_every_code_of_the_gateway_and_the_metadata_has_a_row() -> None:
    assert {*GATEWAY.split(), *METADATA.split()} - SERVICE_CODES.keys() == set()


@pytest.mark.parametrize("code", FAMILIES)
def test_an_unknown_code_takes_the_meaning_of_its_family(code: str) -> None:
    assert error_for_code(code, "message").reason is FAMILIES[code]


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("SignatureDoesNotMatch", True),
        ("InvalidSecurityToken.Revoked", True),
        ("InvalidAccessKeyId.Deleted", True),
        ("Forbidden.RAM", False),
        ("NoPermission", False),
        (None, False),
    ],
)
def test_only_some_codes_refuse_the_key(code: str | None, refused: bool) -> None:  # noqa: FBT001
    assert refuses_key(code) is refused


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
