"""Answer the operations in front of another application, which gets all other requests.

A signature names the service that a request is for, and when it was made (Signature Version 4). Its digits are not
verified, as in moto. Its time is: AWS refuses one that is more than 15 minutes off.
"""

import io
import re
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS
from local_cloud.server.faults import BAD_GATEWAY_PAGE
from local_cloud.sts.faults import Fault, Faults
from local_cloud.web_identity import operations
from local_cloud.web_identity.errors import AwsError
from local_cloud.web_identity.models import Federation
from local_cloud.web_identity.operations import Fields
from local_cloud.web_identity.rendering import render, render_error

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
TOKEN_ACTION = "GetWebIdentityToken"  # noqa: S105 - an operation's name
_IAM: Mapping[str, Callable[[Federation, Mapping[str, str]], Fields | str]] = {
    "EnableOutboundWebIdentityFederation": lambda federation, _: operations.enable(federation),
    "DisableOutboundWebIdentityFederation": lambda federation, _: operations.disable(federation),
    "GetOutboundWebIdentityFederationInfo": lambda federation, _: operations.get_info(federation),
    "SimulatePrincipalPolicy": operations.simulate_policy,
}
_SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/(?P<service>sts|iam)/")
_MOST_BYTES = 65536
# SO_LINGER on, for 0 seconds: closing drops unsent data and sends a reset.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class WebIdentity:
    """``federation`` is the account's. Each call of GetWebIdentityToken meets the next of ``faults``."""

    def __init__(self, other: Application) -> None:
        self.federation = Federation()
        self.faults = Faults()
        self._other = other

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None:
            return self._other(environ, start_response)
        given = _read_form(environ)
        action = given.get("Action", "")
        if action != TOKEN_ACTION and action not in _IAM:
            return self._other(environ, start_response)
        status, kind, body = self._play(environ, action, given, scope["region"])
        start_response(
            f"{status} {HTTPStatus(status).phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))]
        )
        return [body]

    def _play(
        self, environ: dict[str, Any], action: str, given: Mapping[str, str], region: str
    ) -> tuple[int, str, bytes]:
        fault = self.faults.take() if action == TOKEN_ACTION else None
        match fault:
            case Fault("error"):
                return fault.status, "text/xml", render_error("sts", fault.status, fault.code, "Scripted.")
            case Fault("html"):
                return 502, "text/html", BAD_GATEWAY_PAGE
            case Fault("reset"):
                _reset(environ["werkzeug.socket"])
            case Fault("stall"):
                time.sleep(fault.seconds)
        return self._answer(environ, action, given, region)

    def _answer(
        self, environ: Mapping[str, Any], action: str, given: Mapping[str, str], region: str
    ) -> tuple[int, str, bytes]:
        service = "sts" if action == TOKEN_ACTION else "iam"
        try:
            self._check_time(environ.get("HTTP_X_AMZ_DATE", ""))
            if action == TOKEN_ACTION:
                result: Fields | str = operations.get_web_identity_token(self.federation, given, region)
            else:
                result = _IAM[action](self.federation, given)
        except AwsError as error:
            return error.status, "text/xml", render_error(service, error.status, error.code, error.message)
        return 200, "text/xml", render(service, action, result)

    def _check_time(self, date: str) -> None:
        sent = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        now = self.federation.now()
        if abs(now - sent) > MAX_CLOCK_SKEW_SECONDS:
            current = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
            raise AwsError("SignatureDoesNotMatch", f"the request is of {date}, and it is {current}.")


def _read_form(environ: dict[str, Any]) -> dict[str, str]:
    """Return the form, and leave the body to the other application."""
    body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), _MOST_BYTES))
    environ["wsgi.input"] = io.BytesIO(body)
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _reset(connection: socket.socket) -> None:
    """Let the server find no further request, and close the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    connection.shutdown(socket.SHUT_RD)
    raise ConnectionResetError("scripted")
