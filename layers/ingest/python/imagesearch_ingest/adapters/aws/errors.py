"""Turn botocore's exceptions into ``IngestError``."""

from collections.abc import Iterator
from contextlib import contextmanager

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

from imagesearch_ingest.adapters.errors import IMPOSSIBLE_NAME, NO_ANSWER, NO_CONNECTION, UNREADABLE_ANSWER, Fault
from imagesearch_ingest.model.codes import CodeTable, map_code
from imagesearch_ingest.model.reasons import Reason

_NO_CREDENTIALS = Fault(Reason.CREDENTIALS, "no AWS credentials were found")
_NO_CREDENTIALS_ERRORS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
# While botocore reads the body of an error that answers a request for a stream, urllib3's own exceptions come through.
_NO_ANSWER_ERRORS = (ConnectTimeoutError, ReadTimeoutError, BodyTimeoutError)
_NO_CONNECTION_ERRORS = (
    ConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    HTTPError,
    IncompleteReadError,
    ResponseStreamingError,
)


@contextmanager
def translate_errors(action: str, codes: CodeTable) -> Iterator[None]:
    """Raise ``IngestError`` for any error of botocore. ``action`` says what was tried, such as "reading the queue"."""
    try:
        yield
    except ClientError as error:
        code, request_id = get_code(error), error.response.get("ResponseMetadata", {}).get("RequestId")
        raise map_code(codes, code, f"{action} failed: {code}", request_id) from error
    except _NO_CREDENTIALS_ERRORS as error:
        raise _NO_CREDENTIALS.error(action) from error
    except _NO_ANSWER_ERRORS as error:
        raise NO_ANSWER.error(action) from error
    except _NO_CONNECTION_ERRORS as error:
        raise NO_CONNECTION.error(action) from error
    except ParamValidationError as error:
        raise IMPOSSIBLE_NAME.error(action) from error
    except BotoCoreError as error:
        raise Fault(Reason.SETTINGS_REFUSED, str(error)).error(action) from error
    # If a connection ends within the headers, http.client makes a whole answer of those that have arrived.
    except (ResponseParserError, LookupError, ValueError) as error:
        raise UNREADABLE_ANSWER.error(action) from error


def get_code(error: ClientError) -> str:
    """Return the service's code. For SQS it is the legacy name if the answer has one: botocore prefers that."""
    return str(error.response["Error"].get("Code", ""))
