"""What SMQ's SDK and the connection below it raise → ``IngestError``: by code, never by HTTP status or message."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from ssl import SSLCertVerificationError

from mns.mns_exception import MNSClientException, MNSClientParameterException, MNSServerException

from imagesearch_ingest.adapters.alibaba.oss_codes import UNKNOWN
from imagesearch_ingest.adapters.alibaba.smq_codes import SMQ
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises ``IngestError`` for whatever ends a call; ``what`` says what was tried, for people."""
    try:
        yield
    except MNSServerException as error:
        code = str(error.type)
        raise SMQ.get(code, UNKNOWN).error(f"{what}: {code}", code, error.req_id) from error
    except MNSClientParameterException as error:
        raise IngestError(Reason.INTERNAL_ERROR, f"{what}: {error.message}", attempts=1) from error
    except TimeoutError as error:
        raise IngestError(Reason.TIMEOUT, f"{what}: no answer in time") from error
    except SSLCertVerificationError as error:
        detail = f"{what}: the server's certificate is not trusted ({error.verify_message})"
        raise IngestError(Reason.NETWORK, detail) from error
    except (OSError, HTTPException) as error:
        raise IngestError(Reason.NETWORK, f"{what}: the connection failed") from error
    # The SDK trips over what is no answer of SMQ's, such as a proxy's page, in one of these ways.
    except (MNSClientException, AttributeError, ValueError) as error:
        raise unreadable(what) from error


def unreadable(what: str) -> IngestError:
    return IngestError(Reason.SERVICE_UNAVAILABLE, f"{what}: an answer that could not be read")
