"""What botocore raises → ``IngestError``: by code, never by HTTP status or message."""

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

from imagesearch_ingest.adapters.aws.codes import UNKNOWN, Codes
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


@contextmanager
def translated(what: str, codes: Codes) -> Iterator[None]:
    """Raises ``IngestError`` for any botocore error; ``what`` says what was tried, for people."""
    try:
        yield
    except ClientError as error:
        raise _by_code(error, what, codes) from error
    except (
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        SSOError,
        TokenRetrievalError,
    ) as error:
        raise IngestError(Reason.CREDENTIALS, f"{what}: no AWS credentials were found") from error
    # Where a streamed answer was asked for, botocore lets out urllib3's own errors of reading a refusal's body.
    except (ConnectTimeoutError, ReadTimeoutError, BodyTimeoutError) as error:
        raise IngestError(Reason.TIMEOUT, f"{what}: no answer in time") from error
    except (
        ConnectionError,
        FlexibleChecksumError,
        HTTPClientError,
        HTTPError,
        IncompleteReadError,
        ResponseStreamingError,
    ) as error:
        raise IngestError(Reason.NETWORK, f"{what}: the connection failed") from error
    except ResponseParserError as error:
        raise _unreadable(what) from error
    except ParamValidationError as error:
        raise IngestError(Reason.EVENT_MALFORMED, f"{what}: no such name is possible") from error
    except BotoCoreError as error:
        raise IngestError(Reason.SETTINGS_REFUSED, f"{what}: {error}") from error
    except (LookupError, ValueError) as error:
        # Of a connection that ends within the headers http.client makes a whole answer, with what it has of them.
        raise _unreadable(what) from error


def _unreadable(what: str) -> IngestError:
    return IngestError(Reason.SERVICE_UNAVAILABLE, f"{what}: an answer that could not be read")


def code_of(error: ClientError) -> str:
    """SQS's is its legacy name where the answer bears one: botocore prefers that."""
    return str(error.response["Error"].get("Code", ""))


def _by_code(error: ClientError, what: str, codes: Codes) -> IngestError:
    code = code_of(error)
    request_id = error.response.get("ResponseMetadata", {}).get("RequestId")
    return codes.get(code, UNKNOWN).error(f"{what}: {code}", code, request_id)
