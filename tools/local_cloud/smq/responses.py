"""Answer a request: check the signature, parse the action, call it, render its response."""

import logging
from collections.abc import Callable

from local_cloud.server.credentials import Credentials
from local_cloud.server.wire import Request, Response
from local_cloud.smq.actions import parse_action
from local_cloud.smq.errors import SmqError
from local_cloud.smq.operations import Operations
from local_cloud.smq.rendering import render_error
from local_cloud.smq.signatures import verify

_logger = logging.getLogger(__name__)


class Responses:
    """A token in ``expired_tokens`` is refused as expired."""

    def __init__(self, operations: Operations, credentials: Credentials, clock: Callable[[], float]) -> None:
        self.expired_tokens: set[str] = set()
        self._operations = operations
        self._credentials = credentials
        self._clock = clock

    def respond(self, request: Request) -> Response:
        try:
            verify(request, self._credentials, self.expired_tokens, self._clock())
            return self._operations.call(parse_action(request))
        except SmqError as error:
            return render_error(error)
        except Exception:
            _logger.exception("the local SMQ failed at %s %s", request.method, request.path)
            return render_error(SmqError("InternalError"))
