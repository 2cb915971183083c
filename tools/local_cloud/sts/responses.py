"""Answer a request: find its action and its parameters, call the operation, render its result.

A request may have its parameters in the URL, in a form, and its action in headers (Alibaba Cloud, "RPC request
structure" and "V3 request body & signature mechanism"). STS takes a token in the URL, too. ``where_is_token`` tells it.
"""

import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import parse_qsl

from local_cloud.server.credentials import MAX_CLOCK_SKEW_SECONDS
from local_cloud.server.wire import Request, Response
from local_cloud.sts.errors import StsError
from local_cloud.sts.operations import KNOWN, Sessions
from local_cloud.sts.rendering import render, render_error

VERSION = "2015-04-01"
ACTION = "AssumeRoleWithOIDC"
TOKEN = "OIDCToken"  # noqa: S105 - a parameter's name
_COMMON = {
    "Action",
    "Format",
    "Version",
    "Timestamp",
    "SignatureNonce",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureType",
    "RegionId",
}
_FORM = "application/x-www-form-urlencoded"
_logger = logging.getLogger(__name__)


def find_action(request: Request) -> str:
    """Return the action's name, or nothing."""
    return request.headers.get("x-acs-action") or _read(request).get("Action", "")


def where_is_token(request: Request) -> str:
    """Return ``url`` or ``body``, or ``nowhere``."""
    if TOKEN in dict(request.query) or "eyJ" in request.target:
        return "url"
    return "body" if TOKEN in _read_form(request) else "nowhere"


class Responses:
    """With ``checks_time`` the time that a request tells must be right."""

    def __init__(self, sessions: Sessions, clock: Callable[[], float]) -> None:
        self.checks_time = True
        self._sessions = sessions
        self._clock = clock

    def respond(self, request: Request) -> Response:
        """Return the response, with the time of this service's clock."""
        return dataclasses.replace(self._answer(request), headers={"Date": formatdate(self._clock(), usegmt=True)})

    def _answer(self, request: Request) -> Response:
        try:
            return self._respond(request)
        except StsError as error:
            return render_in_form_of(request, error.status, error.code, error.message)
        except Exception:
            _logger.exception("the local STS failed")
            broken = StsError("InternalError")
            return render_in_form_of(request, broken.status, broken.code, broken.message)

    def _respond(self, request: Request) -> Response:
        given = _read(request)
        if find_action(request) != ACTION or request.method not in {"GET", "POST"}:
            raise StsError("InvalidAction.NotFound")
        version = request.headers.get("x-acs-version") or given.get("Version")
        if version != VERSION:
            raise StsError("InvalidVersion" if version else "MissingParameter", "" if version else "Version")
        self._check_time(request.headers.get("x-acs-date") or given.get("Timestamp"))
        if unknown := sorted(given.keys() - KNOWN - _COMMON):
            raise AssertionError(f"undocumented parameters: {unknown}")
        body = self._sessions.assume_role_with_oidc(given)
        return render(ACTION, body, as_json=wants_json(request))

    def _check_time(self, date: str | None) -> None:
        """Check the time of a request that tells one. Whether STS does so without a signature is not documented."""
        if date is None or not self.checks_time:
            return
        try:
            sent = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise StsError("InvalidTimeStamp.Format") from None
        if abs(self._clock() - sent) > MAX_CLOCK_SKEW_SECONDS:
            raise StsError("InvalidTimeStamp.Expired")


def render_in_form_of(request: Request, status: int, code: str, message: str) -> Response:
    """Return the error in the form that the request asks for."""
    host = request.headers.get("host", "")
    return render_error(status, code, message, host, as_json=wants_json(request))


def wants_json(request: Request) -> bool:
    return "x-acs-action" in request.headers or _read(request).get("Format", "XML").upper() == "JSON"


def _read(request: Request) -> Mapping[str, str]:
    return dict(request.query) | _read_form(request)


def _read_form(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith(_FORM):
        return {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
