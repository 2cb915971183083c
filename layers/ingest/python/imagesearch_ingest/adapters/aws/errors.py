"""Turn botocore's exceptions into ``IngestError``."""

from functools import partial
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own
    ConnectTimeoutError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    ResponseStreamingError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as BodyTimeoutError

from imagesearch_ingest.adapters.errors import (
    IMPOSSIBLE_NAME,
    NO_CONNECTION,
    NO_RESPONSE,
    UNREADABLE_RESPONSE,
    ErrorTranslation,
    Fault,
)
from imagesearch_ingest.adapters.misconfiguration import ConnectionSettings, find_misconfiguration
from imagesearch_ingest.model.codes import CodeTable, map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

AWS_SETTINGS = ConnectionSettings(
    host="AWS_REGION, AWS_ENDPOINT_URL", certificates="AWS_CA_BUNDLE", proxy="HTTPS_PROXY"
)
# AWS signs the time of a request as well. Some services name a wrong time in the message alone (IAM User Guide,
# "Troubleshooting Signature Version 4 errors").
_SIGNATURE_ADVICE = dict.fromkeys(
    ("InvalidSignatureException", "SignatureDoesNotMatch"),
    ". Either AWS's secret key is wrong, or the clock of this machine is off by more than five minutes",
)
_NO_CREDENTIALS = Fault(Reason.CREDENTIALS, "no AWS credentials were found")
# The first row with the exception's class counts.
_FAULTS: tuple[tuple[Fault, tuple[type[Exception], ...]], ...] = (
    (
        _NO_CREDENTIALS,
        (
            CredentialRetrievalError,
            NoCredentialsError,
            PartialCredentialsError,
            ProfileNotFound,
            SSOError,
            TokenRetrievalError,
        ),
    ),
    # If a stream was requested and the response is an error, botocore lets urllib3's exceptions through.
    (NO_RESPONSE, (ConnectTimeoutError, ReadTimeoutError, BodyTimeoutError)),
    (
        NO_CONNECTION,
        (
            ConnectionError,
            FlexibleChecksumError,
            HTTPClientError,
            HTTPError,
            IncompleteReadError,
            ResponseStreamingError,
        ),
    ),
    (IMPOSSIBLE_NAME, (ParamValidationError,)),
)
# If the connection ends within the headers, http.client returns a response with the headers that have arrived. botocore
# reads a page of HTML as an error without a code, or fails anywhere in its parser.
_UNREADABLE_RESPONSE_ERRORS = (ResponseParserError, AttributeError, ClientError, LookupError, TypeError, ValueError)
_ALL_ERRORS = (BotoCoreError, HTTPError, *_UNREADABLE_RESPONSE_ERRORS)


def translate_errors(action: str, codes: CodeTable, settings: ConnectionSettings = AWS_SETTINGS) -> ErrorTranslation:
    """Return a context manager that raises ``IngestError`` for any error of botocore.

    ``action`` says what was tried, such as "reading the queue". ``settings`` decide how the service is reached.
    """
    return ErrorTranslation(partial(_translate, action=action, codes=codes, settings=settings))


def get_code(error: ClientError) -> str:
    """Return the service's code, or nothing if the response has none.

    For SQS it is the legacy name if the response has one: botocore prefers that.
    """
    return str((error.response.get("Error") or {}).get("Code") or "")


def _translate(error: BaseException, action: str, codes: CodeTable, settings: ConnectionSettings) -> IngestError | None:
    if isinstance(error, ClientError) and (code := get_code(error)):
        request_id = error.response.get("ResponseMetadata", {}).get("RequestId")
        return map_code(codes, code, f"{action} failed: {code}{_SIGNATURE_ADVICE.get(code, '')}", request_id)
    if isinstance(error, _ALL_ERRORS) and (fault := find_misconfiguration(error, _host(error), settings)):
        return fault.error(action)
    for fault, kinds in _FAULTS:
        if isinstance(error, kinds):
            return fault.error(action)
    if isinstance(error, BotoCoreError):
        return Fault(settings.no_such_host, str(error)).error(action)  # botocore finds no endpoint
    return UNREADABLE_RESPONSE.error(action) if isinstance(error, _UNREADABLE_RESPONSE_ERRORS) else None


def _host(error: BaseException) -> str | None:
    return urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url"))).hostname
