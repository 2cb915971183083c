"""What botocore raises → ``IngestError``: by code, never by HTTP status or message."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own
    ConnectTimeoutError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
    TokenRetrievalError,
)

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.reasons import Reason

# S3: API reference, Error responses. SQS: API reference, Common errors, DeleteMessage, SendMessage.
SERVICE_CODES = {
    "NoSuchBucket": Reason.BUCKET_MISSING,
    "InvalidBucketName": Reason.BUCKET_MISSING,
    "PermanentRedirect": Reason.BUCKET_MISSING,
    "AuthorizationHeaderMalformed": Reason.BUCKET_MISSING,  # the bucket is in another region
    "InvalidObjectState": Reason.OBJECT_ARCHIVED,
    "AccessDenied": Reason.ACCESS_DENIED,
    "AllAccessDisabled": Reason.ACCESS_DENIED,
    "KMS.DisabledException": Reason.ACCESS_DENIED,
    "ExpiredToken": Reason.CREDENTIALS,
    "InvalidAccessKeyId": Reason.CREDENTIALS,
    "InvalidClientTokenId": Reason.CREDENTIALS,
    "InvalidToken": Reason.CREDENTIALS,
    "SignatureDoesNotMatch": Reason.CREDENTIALS,
    "UnrecognizedClientException": Reason.CREDENTIALS,
    "RequestTimeTooSkewed": Reason.CREDENTIALS,
    "AWS.SimpleQueueService.NonExistentQueue": Reason.SETTINGS_REFUSED,
    "QueueDoesNotExist": Reason.SETTINGS_REFUSED,
    "InternalError": Reason.SERVICE_UNAVAILABLE,
    "InternalFailure": Reason.SERVICE_UNAVAILABLE,
    "ServiceUnavailable": Reason.SERVICE_UNAVAILABLE,
    "SlowDown": Reason.SERVICE_UNAVAILABLE,
    "RequestThrottled": Reason.SERVICE_UNAVAILABLE,
    "ThrottlingException": Reason.SERVICE_UNAVAILABLE,
    "RequestTimeout": Reason.TIMEOUT,
}


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises ``IngestError`` for any botocore error; ``what`` says what was tried, for people."""
    try:
        yield
    except ClientError as error:
        raise _by_code(error, what) from error
    except (NoCredentialsError, PartialCredentialsError, TokenRetrievalError) as error:
        raise IngestError(Reason.CREDENTIALS, f"{what}: no AWS credentials were found") from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise IngestError(Reason.TIMEOUT, f"{what}: no answer in time") from error
    except (ConnectionError, HTTPClientError, IncompleteReadError, ResponseStreamingError) as error:
        raise IngestError(Reason.NETWORK, f"{what}: the connection failed") from error
    except ParamValidationError as error:
        raise IngestError(Reason.EVENT_MALFORMED, f"{what}: no such name is possible") from error
    except BotoCoreError as error:
        raise IngestError(Reason.SETTINGS_REFUSED, f"{what}: {error}") from error


def _by_code(error: ClientError, what: str) -> IngestError:
    code = error.response["Error"].get("Code", "")
    metadata = error.response.get("ResponseMetadata", {})
    return IngestError(
        SERVICE_CODES.get(code, Reason.SERVICE_CODE_UNKNOWN),
        f"{what}: {code}",
        service_code=code,
        service_request_id=metadata.get("RequestId"),
    )
