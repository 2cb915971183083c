"""The meaning that each code must have, written out a second time, independently of the library's tables.

A group is a reason, the most attempts within one invocation (``None``: as many as the retry loop makes), and codes.
"""

from imagesearch_ingest.model.codes import CodeMapping
from imagesearch_ingest.model.reasons import Reason

Group = tuple[Reason, int | None, str]


def spell_out(*groups: Group) -> dict[str, CodeMapping]:
    """Return one mapping per code. A code must not be in two groups."""
    pairs = [(code, CodeMapping(reason, attempts)) for reason, attempts, codes in groups for code in codes.split()]
    expected = dict(pairs)
    assert len(expected) == len(pairs)
    return expected


_ALL_OF_AWS: tuple[Group, ...] = (
    (
        Reason.CREDENTIALS,
        None,
        """
        AccountProblem ExpiredToken ExpiredTokenException IncompleteSignature IncompleteSignatureException
        InvalidAccessKeyId InvalidClientTokenId InvalidSecurity InvalidSignatureException InvalidToken
        MissingAuthenticationToken MissingAuthenticationTokenException NotAuthorized NotSignedUp OptInRequired
        SignatureDoesNotMatch TokenRefreshRequired UnrecognizedClientException
        """,
    ),
    (Reason.CREDENTIALS, 2, "RequestExpired RequestTimeTooSkewed"),
    (
        Reason.THROTTLED,
        None,
        """
        RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown Throttling ThrottlingException
        TooManyRequestsException
        """,
    ),
    (
        Reason.SERVICE_UNAVAILABLE,
        None,
        """
        500 502 503 504 InternalError InternalFailure InternalServerError InternalServiceError ServiceUnavailable
        ServiceUnavailableException
        """,
    ),
    (Reason.TIMEOUT, None, "RequestTimeout RequestTimeoutException"),
)

S3 = spell_out(
    *_ALL_OF_AWS,
    (
        Reason.BUCKET_MISSING,
        None,
        """
        AuthorizationHeaderMalformed IllegalLocationConstraintException IncorrectEndpoint InvalidBucketName
        NoSuchBucket PermanentRedirect
        """,
    ),
    (Reason.BUCKET_FORBIDDEN, None, "AllAccessDisabled InvalidPayer"),
    (
        Reason.ACCESS_DENIED,
        1,
        """
        AccessDenied InvalidRequest KMS.AccessDeniedException KMS.DisabledException KMS.DryRunOperationException
        KMS.IncorrectKeyException KMS.InvalidCiphertextException KMS.InvalidGrantTokenException
        KMS.InvalidKeyUsageException KMS.KMSInvalidStateException KMS.NotFoundException
        """,
    ),
    (Reason.OBJECT_ARCHIVED, None, "InvalidObjectState"),
    (Reason.EVENT_MALFORMED, None, "InvalidURI KeyTooLongError"),
    (Reason.THROTTLED, None, "BandwidthLimitExceeded KMS.LimitExceededException KMS.ThrottlingException"),
    (
        Reason.SERVICE_UNAVAILABLE,
        None,
        "KMS.KMSInternalException KMS.KeyUnavailableException Redirect TemporaryRedirect",
    ),
    (Reason.TIMEOUT, None, "KMS.DependencyTimeoutException"),
)

SQS = spell_out(
    *_ALL_OF_AWS,
    (
        Reason.CREDENTIALS,
        None,
        """
        AccessDenied AccessDeniedException KMS.AccessDeniedException KMS.OptInRequired KmsAccessDenied
        KmsOptInRequired
        """,
    ),
    (
        Reason.SETTINGS_REFUSED,
        None,
        """
        AWS.SimpleQueueService.NonExistentQueue AWS.SimpleQueueService.QueueDeletedRecently
        AWS.SimpleQueueService.UnsupportedOperation InvalidAddress QueueDeletedRecently QueueDoesNotExist
        UnsupportedOperation
        KMS.DisabledException KMS.InvalidKeyUsageException KMS.InvalidStateException KMS.KMSInvalidStateException
        KMS.NotFoundException KmsDisabled KmsInvalidKeyUsage KmsInvalidState KmsNotFound
        """,
    ),
    (Reason.THROTTLED, None, "KMS.ThrottlingException KmsThrottled OverLimit"),
    (Reason.INTERNAL_ERROR, 1, "InvalidMessageContents InvalidParameterValue"),
    (
        Reason.SERVICE_UNAVAILABLE,
        1,
        """
        AWS.SimpleQueueService.MessageNotInflight InvalidIdFormat MessageNotInflight ReceiptHandleIsInvalid
        """,
    ),
)

SECRETS_MANAGER = spell_out(
    *_ALL_OF_AWS,
    (
        Reason.CREDENTIALS,
        None,
        """
        AccessDeniedException DecryptionFailure InvalidParameterException InvalidRequestException
        ResourceNotFoundException
        """,
    ),
)

AWS_STS = spell_out(
    *_ALL_OF_AWS,
    (
        Reason.CREDENTIALS,
        None,
        """
        AccessDenied AccessDeniedException OutboundWebIdentityFederationDisabled
        OutboundWebIdentityFederationDisabledException RegionDisabledException SessionDurationEscalation
        SessionDurationEscalationException
        """,
    ),
    (
        Reason.SETTINGS_REFUSED,
        None,
        "InvalidAction JWTPayloadSizeExceeded JWTPayloadSizeExceededException ValidationError",
    ),
)

ALIBABA_STS = spell_out(
    (
        Reason.CREDENTIALS,
        None,
        """
        AuthenticationFail AuthenticationFail.NoPermission AuthenticationFail.OIDCToken.AudienceNotMatch
        AuthenticationFail.OIDCToken.HttpsUrlInvalid AuthenticationFail.OIDCToken.Invalid
        AuthenticationFail.OIDCToken.InvalidSignature AuthenticationFail.OIDCToken.IssuerConfigurationBroken
        AuthenticationFail.OIDCToken.IssuerNotMatch AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch
        EntityNotExist EntityNotExist.Role NoPermission
        """,
    ),
    (
        Reason.CREDENTIALS,
        2,
        """
        AuthenticationFail.OIDCToken.Expired IllegalTimestamp InvalidTimeStamp InvalidTimeStamp.Expired
        InvalidTimeStamp.Format SignatureNonceUsed
        """,
    ),
    (
        Reason.SETTINGS_REFUSED,
        None,
        """
        InvalidAction.NotFound InvalidParameter InvalidProduct InvalidProduct.NotFound InvalidProtocol
        InvalidProtocol.NeedSsl InvalidVersion UnsupportedHTTPMethod
        """,
    ),
    (Reason.INTERNAL_ERROR, 1, "MissingParameter"),
    (Reason.THROTTLED, None, "FlowControl Throttling Throttling.Api Throttling.User"),
    (Reason.SERVICE_UNAVAILABLE, None, "InternalError InternalServerError ServiceUnavailable"),
)

OSS = spell_out(
    (
        Reason.CREDENTIALS,
        None,
        """
        AccessKeyIdAndSecurityTokenNotMatch InvalidAccessKeyId InvalidSecurityToken SecurityTokenExpired
        SecurityTokenNotSupported SignatureDoesNotMatch
        """,
    ),
    (Reason.CREDENTIALS, 2, "RequestTimeTooSkewed"),
    (
        Reason.SETTINGS_REFUSED,
        None,
        "CnameDenied NonStandardHostForbidden SecondLevelDomainForbidden TransferAccelerationDisabled",
    ),
    (
        Reason.BUCKET_MISSING,
        None,
        """
        AccessDenied/0003-00001403 InvalidArgument/0002-00000226 InvalidArgument/0002-00000228 InvalidBucketName
        NoSuchBucket PermanentRedirect
        """,
    ),
    (
        Reason.BUCKET_FORBIDDEN,
        None,
        """
        AbnormalBucketOwnerStatus BucketDisable BucketNotBelongTo InDebt InDebtOverdue UbsmsInvalidBid UserDisable
        """,
    ),
    (
        Reason.ACCESS_DENIED,
        1,
        """
        AccessDenied AliasNotFound KeyNotFound KmsInDebt KmsInDebtOverdue KmsServiceNotEnabled KmsUbsmsInvalidBid
        """,
    ),
    (Reason.OBJECT_ARCHIVED, None, "InvalidObjectState"),
    (Reason.LINK_BROKEN, None, "InvalidTargetType SymlinkTargetNotExist"),
    (Reason.OBJECT_CHANGING, None, "NotSymlink"),
    (Reason.EVENT_MALFORMED, None, "InvalidObjectName"),
    (
        Reason.THROTTLED,
        None,
        """
        ActiveRequestLimitExceeded CpuLimitExceeded DownloadTrafficRateLimitExceeded
        MetaOperationQpsLimitExceeded QpsLimitExceeded SlowDown TotalQpsLimitExceeded UploadTrafficRateLimitExceeded
        """,
    ),
    (Reason.SERVICE_UNAVAILABLE, None, "500 502 503 504 InternalError InternalServerError ServiceUnavailable"),
    (Reason.TIMEOUT, None, "RequestTimeout"),
    (Reason.INTERNAL_ERROR, 1, "InvalidArgument MethodNotAllowed MissingArgument NotImplemented"),
)

SMQ = spell_out(
    (
        Reason.CREDENTIALS,
        None,
        """
        AccessDenied InvalidAccessKeyId InvalidAuthorizationHeader InvalidSecurityToken InvalidSecurityToken.Expired
        InvalidSecurityToken.Malformed InvalidSecurityToken.MismatchWithAccessKey MissingAuthorizationHeader
        MissingSecurityToken RamAuthError SecurityTokenExpired ServiceNotEnable SignatureDoesNotMatch
        """,
    ),
    (Reason.CREDENTIALS, 2, "TimeExpired"),
    (
        Reason.SETTINGS_REFUSED,
        None,
        "InvalidQueueName InvalidRequestURL QueueDeletedRecently QueueNameLengthError QueueNotExist",
    ),
    (Reason.THROTTLED, None, "QpsLimitExceeded Throttling Throttling.User"),
    (Reason.SERVICE_UNAVAILABLE, None, "InternalError InternalServerError ServiceUnavailable"),
    (Reason.SERVICE_UNAVAILABLE, 1, "MessageNotExist ReceiptHandleError"),
    (Reason.NETWORK, None, "InvalidDegist InvalidDigest"),
    (
        Reason.INTERNAL_ERROR,
        1,
        """
        InvalidArgument InvalidContentType InvalidDateHeader InvalidQueryString InvalidVersionHeader MalformedXML
        MissingDateHeader MissingReceiptHandle MissingVersionHeader MissingVisibilityTimeout QueueAlreadyExist
        """,
    ),
)
