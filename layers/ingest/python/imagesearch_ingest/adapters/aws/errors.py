"""Turn botocore's exceptions into ``IngestError``."""

from functools import partial

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
from imagesearch_ingest.model.codes import CodeTable, map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

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
# If the connection ends within the headers, http.client returns a response with the headers that have arrived.
_UNREADABLE_RESPONSE_ERRORS = (ResponseParserError, LookupError, ValueError)


def translate_errors(action: str, codes: CodeTable) -> ErrorTranslation:
    """Return a context manager that raises ``IngestError`` for any error of botocore.

    ``action`` says what was tried, such as "reading the queue".
    """
    return ErrorTranslation(partial(_translate, action=action, codes=codes))


def get_code(error: ClientError) -> str:
    """Return the service's code. For SQS it is the legacy name if the response has one: botocore prefers that."""
    return str(error.response["Error"].get("Code", ""))


def _translate(error: BaseException, action: str, codes: CodeTable) -> IngestError | None:
    if isinstance(error, ClientError):
        code, request_id = get_code(error), error.response.get("ResponseMetadata", {}).get("RequestId")
        return map_code(codes, code, f"{action} failed: {code}", request_id)
    for fault, kinds in _FAULTS:
        if isinstance(error, kinds):
            return fault.error(action)
    if isinstance(error, BotoCoreError):
        return Fault(Reason.SETTINGS_REFUSED, str(error)).error(action)
    return UNREADABLE_RESPONSE.error(action) if isinstance(error, _UNREADABLE_RESPONSE_ERRORS) else None
