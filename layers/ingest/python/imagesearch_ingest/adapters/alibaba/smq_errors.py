"""Turn the exceptions of SMQ's SDK, and of the connection below it, into ``IngestError``."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from ssl import SSLCertVerificationError

from mns.mns_exception import MNSClientException, MNSClientParameterException, MNSServerException

from imagesearch_ingest.adapters.alibaba.smq_codes import SMQ
from imagesearch_ingest.adapters.errors import NO_ANSWER, NO_CONNECTION, UNREADABLE_ANSWER, UNTRUSTED_CONNECTION
from imagesearch_ingest.model.codes import map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


@contextmanager
def translate_errors(action: str) -> Iterator[None]:
    """Raise ``IngestError`` for any error of a call. ``action`` says what was tried, such as "reading the queue"."""
    try:
        yield
    except MNSServerException as error:
        code = str(error.type)
        raise map_code(SMQ, code, f"{action} failed: {code}", error.req_id) from error
    except MNSClientParameterException as error:
        raise IngestError(Reason.INTERNAL_ERROR, f"{action} failed: {error.message}", attempts=1) from error
    except TimeoutError as error:
        raise NO_ANSWER.error(action) from error
    except SSLCertVerificationError as error:
        raise UNTRUSTED_CONNECTION.with_cause(error.verify_message).error(action) from error
    except (OSError, HTTPException) as error:
        raise NO_CONNECTION.error(action) from error
    # The SDK fails in one of these ways on an answer that is not SMQ's, such as a proxy's page.
    except (MNSClientException, AttributeError, ValueError) as error:
        raise UNREADABLE_ANSWER.error(action) from error
