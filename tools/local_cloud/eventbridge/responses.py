"""Answer a request: check its signature and its permission, call the operation, render its result."""

import json
import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl

from local_cloud.eventbridge.errors import EventBridgeError
from local_cloud.eventbridge.operations import OPERATIONS, Account, call
from local_cloud.eventbridge.rendering import render, render_error
from local_cloud.eventbridge.signatures import SignatureVerifier
from local_cloud.server.wire import Request, Response

VERSION = "2020-04-01"
_FORM = "application/x-www-form-urlencoded"
_logger = logging.getLogger(__name__)


def find_action(request: Request) -> str:
    """Return the action's name, or nothing."""
    return request.headers.get("x-acs-action", "")


class Responses:
    """Without ``is_activated`` the account has not activated EventBridge. ``denied`` are actions without permission."""

    def __init__(self, account: Account, verifier: SignatureVerifier) -> None:
        self.is_activated = True
        self.denied: set[str] = set()
        self._account = account
        self._verifier = verifier

    def respond(self, request: Request) -> Response:
        try:
            return self._respond(request)
        except EventBridgeError as error:
            return render_error(error, request.host)
        except Exception:
            _logger.exception("the local EventBridge failed at %s", find_action(request))
            return render_error(EventBridgeError("InternalError"), request.host)

    def _respond(self, request: Request) -> Response:
        self._verifier.verify(request)
        action = find_action(request)
        if action not in OPERATIONS or request.method not in {"GET", "POST"}:
            raise EventBridgeError("InvalidAction.NotFound")
        if request.headers.get("x-acs-version") != VERSION:
            raise EventBridgeError("InvalidVersion")
        if not self.is_activated:
            raise EventBridgeError("ServiceAccessDenied")
        if action in self.denied:
            raise EventBridgeError("AccessDenied")
        return render(call(self._account, action, _read(request)))


def _read(request: Request) -> Mapping[str, str]:
    """Return the parameters, which may be in the query, in a form or in JSON."""
    content, given = request.headers.get("content-type", ""), dict(request.query)
    if content.startswith("application/json") and request.body:
        given |= json.loads(request.body)
    elif content.startswith(_FORM):
        given |= parse_qsl(request.body.decode(), keep_blank_values=True)
    return given
