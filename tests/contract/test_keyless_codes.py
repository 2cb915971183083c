"""Every code of both STS: sent at the wire, read by the real clients, settled as its reason demands."""

import pytest

from imagesearch_ingest.adapters.alibaba_sts.codes import STS_CODES
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.image_search.options import ApiOptions
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from tests.contract.expected_codes import ALIBABA_STS, AWS_STS
from tests.support.fakes import VirtualClock
from tests.support.settled import DELIVERIES, Settled, check_calls, check_settled
from tests.support.sts_wire import TwoSts, alibaba_error, aws_error
from tests.support.wire import RESET, Answer, page

OUTAGES = {
    "reset": RESET,
    "page": page(502),
    "page of a gateway that refuses": Answer(
        403, b"<html><body>Forbidden</body></html>", {"Content-Type": "text/html"}
    ),
    "error without a code": Answer(403, b"<ErrorResponse><Error/></ErrorResponse>", {"Content-Type": "text/xml"}),
    "empty": Answer(503),
    "no JSON": Answer(200, b"{", {"Content-Type": "text/xml"}),
}


def index_of(sts: TwoSts) -> ImageSearchApi:
    """Return an index whose key cannot be had, so that no request is ever made to the instance."""
    return ImageSearchApi(ApiOptions(region="ap-southeast-1", endpoint="127.0.0.1:9"), sts.source(VirtualClock()))


def fault(sts: TwoSts) -> IngestError:
    with pytest.raises(IngestError) as error:
        sts.source(VirtualClock()).get()
    return error.value


@pytest.mark.parametrize("code", AWS_STS)
def test_each_code_of_aws_settles_its_record(sts: TwoSts, code: str) -> None:
    for delivery in DELIVERIES[AWS_STS[code].reason.fault_class]:
        sts.reset()
        sts.aws_says = page(int(code)) if code.isdigit() else aws_error(code)
        settled = Settled(index=index_of(sts))
        handed_back = settled.run(*delivery)
        check_calls(len(sts.aws.requests), AWS_STS[code])
        check_settled(settled, AWS_STS[code], code, *delivery, handed_back=handed_back)
        assert not sts.alibaba.requests


@pytest.mark.parametrize("code", ALIBABA_STS)
def test_each_code_of_alibaba_settles_its_record(sts: TwoSts, code: str) -> None:
    for delivery in DELIVERIES[ALIBABA_STS[code].reason.fault_class]:
        sts.reset()
        sts.alibaba_says = alibaba_error(code)
        settled = Settled(index=index_of(sts))
        handed_back = settled.run(*delivery)
        check_calls(len(sts.alibaba.requests), ALIBABA_STS[code])
        check_settled(settled, ALIBABA_STS[code], code, *delivery, handed_back=handed_back)


def test_the_table_of_alibaba_holds_the_expected_rows_alone() -> None:
    assert dict(STS_CODES) == ALIBABA_STS


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AuthenticationFail.OIDCToken.BrandNew", Reason.CREDENTIALS),
        ("AuthenticationFail.BrandNew", Reason.CREDENTIALS),
        ("EntityNotExist.BrandNew", Reason.CREDENTIALS),
        ("InvalidParameter.RoleArn", Reason.SETTINGS_REFUSED),
        ("Throttling.BrandNew", Reason.THROTTLED),
        ("BrandNew", Reason.SERVICE_CODE_UNKNOWN),
    ],
)
def test_an_unlisted_code_means_what_its_family_means(sts: TwoSts, code: str, reason: Reason) -> None:
    sts.alibaba_says = alibaba_error(code)
    assert fault(sts).reason is reason


SENTENCES_OF_AWS = {
    "OutboundWebIdentityFederationDisabledException": "aws iam enable-outbound-web-identity-federation",
    "OutboundWebIdentityFederationDisabled": "aws iam enable-outbound-web-identity-federation",
    "AccessDenied": "Allow sts:GetWebIdentityToken",
    "JWTPayloadSizeExceededException": "INGEST_OIDC_AUDIENCE",
    "SessionDurationEscalationException": "session ends",
    "ExpiredToken": "credentials have expired",
    "ExpiredTokenException": "credentials have expired",
    "SignatureDoesNotMatch": "clock of this machine",
    "RequestExpired": "clock of this machine",
    "RegionDisabledException": "Activate AWS STS",
    "InvalidAction": "AWS_STS_REGIONAL_ENDPOINTS",
    "InvalidClientTokenId": "own AWS credentials",
    "UnrecognizedClientException": "own AWS credentials",
    "ValidationError": "INGEST_OIDC_AUDIENCE",
}


@pytest.mark.parametrize("code", SENTENCES_OF_AWS)
def test_a_refusal_of_aws_says_what_to_do(sts: TwoSts, code: str) -> None:
    sts.aws_says = aws_error(code)
    error = fault(sts)
    assert error.detail.startswith(f"getting an identity token from AWS STS failed: {code}. ")
    assert SENTENCES_OF_AWS[code] in error.detail
    assert error.service_request_id == "REQUEST-1"


SENTENCES_OF_ALIBABA = {
    "AuthenticationFail.NoPermission": "trust policy",
    "AuthenticationFail.OIDCToken.AudienceNotMatch": "INGEST_OIDC_AUDIENCE is not a client ID",
    "AuthenticationFail.OIDCToken.Expired": "tried again with a new token",
    "AuthenticationFail.OIDCToken.HttpsUrlInvalid": "AddFingerprintToOIDCProvider",
    "AuthenticationFail.OIDCToken.Invalid": "aws iam get-outbound-web-identity-federation-info",
    "AuthenticationFail.OIDCToken.InvalidSignature": "aws iam get-outbound-web-identity-federation-info",
    "AuthenticationFail.OIDCToken.IssuerConfigurationBroken": "public keys of the issuer",
    "AuthenticationFail.OIDCToken.IssuerNotMatch": "aws iam get-outbound-web-identity-federation-info",
    "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch": "AddFingerprintToOIDCProvider",
    "AuthenticationFail.OIDCToken.BrandNew": "INGEST_OIDC_PROVIDER_ARN",
    "AuthenticationFail.BrandNew": "INGEST_ROLE_ARN",
    "EntityNotExist.Role": "role of INGEST_ROLE_ARN does not exist",
    "EntityNotExist.BrandNew": "or the OIDC provider of INGEST_OIDC_PROVIDER_ARN does not exist",
    "InvalidParameter.RoleArn": "INGEST_ROLE_ARN",
    "InvalidTimeStamp.Expired": "clock of this machine",
    "InvalidAction.NotFound": "INGEST_STS_ENDPOINT",
}


@pytest.mark.parametrize("code", SENTENCES_OF_ALIBABA)
def test_a_refusal_of_alibaba_says_what_to_do(sts: TwoSts, code: str) -> None:
    sts.alibaba_says = alibaba_error(code)
    error = fault(sts)
    assert error.detail.startswith(f"assuming the role at Alibaba Cloud STS failed: {code}. ")
    assert ("INGEST_STS_ENDPOINT" in error.detail) == (code == "InvalidAction.NotFound")
    assert SENTENCES_OF_ALIBABA[code] in error.detail
    assert ("clock of this machine" in error.detail) == (code == "InvalidTimeStamp.Expired")
    assert error.service_request_id == "REQUEST-1"


def test_a_refusal_with_the_status_of_a_success_is_a_refusal(sts: TwoSts) -> None:
    sts.alibaba_says = alibaba_error("EntityNotExist.Role", status=200)
    error = fault(sts)
    assert (error.reason, error.service_request_id) == (Reason.CREDENTIALS, "REQUEST-1")
    assert error.detail.endswith("EntityNotExist.Role. The role of INGEST_ROLE_ARN does not exist")


@pytest.mark.parametrize("side", ["aws_says", "alibaba_says"])
@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_of_either_side_is_transient(sts: TwoSts, side: str, outage: str) -> None:
    setattr(sts, side, OUTAGES[outage])
    assert fault(sts).reason.fault_class is FaultClass.TRANSIENT


INCOMPLETE = [b"{}", b"[]", b'{"Credentials": null}', b'{"Credentials": {"AccessKeyId": "id", "AccessKeySecret": "s"}}']


@pytest.mark.parametrize("body", INCOMPLETE)
def test_an_incomplete_key_is_not_used(sts: TwoSts, body: bytes) -> None:
    sts.alibaba_says = Answer(200, body, {"Content-Type": "application/json"})
    assert fault(sts).reason is Reason.SERVICE_UNAVAILABLE
