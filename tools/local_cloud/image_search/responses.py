"""Answer a request: check the signature and the limits, call the operation, render its result."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from local_cloud.image_search import upload_bucket
from local_cloud.image_search.actions import ACTIONS, Action, Parts
from local_cloud.image_search.admission import as_console_error, check_instance
from local_cloud.image_search.errors import ApiError, ConsoleError, ImageSearchError, UploadError
from local_cloud.image_search.forms import read_parameters
from local_cloud.image_search.hosts import OPEN_PLATFORM_HOST, UPLOAD_HOSTS, is_files_bucket, speaks_xml
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rate_limit import RateLimits
from local_cloud.image_search.rendering import Body, new_request_id, render_error
from local_cloud.image_search.signatures import SignatureVerifier
from local_cloud.server.wire import Request, Response, json_response

API_VERSION = "2020-12-14"
OPEN_PLATFORM_VERSION = "2019-12-19"
_AUTHORIZE = "AuthorizeFileUpload"
_UNKNOWN = "unknown"
_logger = logging.getLogger(__name__)


def find_leg(request: Request) -> str:
    """Return which operation the request calls, or which other part of an upload or a download it is."""
    action = request.headers.get("x-acs-action", "")
    if request.host in UPLOAD_HOSTS:
        return "upload"
    if is_files_bucket(request.host):
        return "download"
    if request.host == OPEN_PLATFORM_HOST:
        return "authorize" if action == _AUTHORIZE else _UNKNOWN
    return ACTIONS[action].leg if action in ACTIONS else _UNKNOWN


class Responses:
    """``delay`` waits for the latency of a leg. With ``accelerate`` uploads may use OSS's transfer acceleration."""

    def __init__(
        self,
        *,
        parts: Parts,
        policies: PostPolicies,
        verifier: SignatureVerifier,
        limits: RateLimits,
        clock: Callable[[], float],
        delay: Callable[[str], None],
        accelerate: bool = False,
    ) -> None:
        self._parts = parts
        self._policies = policies
        self._verifier = verifier
        self._limits = limits
        self._clock = clock
        self._delay = delay
        self._accelerate = accelerate

    def respond(self, request: Request) -> Response:
        leg = find_leg(request)
        try:
            return self._respond(request, leg)
        except ImageSearchError as error:
            return render_error(request.host, error.status, error.code, error.message)
        except Exception:
            _logger.exception("the local Image Search failed at %s", leg)
            broken = _find_internal_error(request)
            return render_error(request.host, broken.status, broken.code, broken.message)

    def _respond(self, request: Request, leg: str) -> Response:
        if leg == "upload":
            self._delay(leg)
            return upload_bucket.post_object(self._policies, self._parts.uploads, request)
        if leg == "download":
            self._delay(leg)
            return self._parts.files.get(request)
        self._verifier.verify(request)
        body = self._authorize(request) if leg == "authorize" else self._act(request)
        return json_response(200, {"RequestId": new_request_id()} | body)

    def _authorize(self, request: Request) -> Body:
        _check_version(request, OPEN_PLATFORM_VERSION)
        self._delay("authorize")
        read_parameters(request)
        return upload_bucket.authorize_file_upload(
            self._policies, self._parts.uploads, request.headers["host"], accelerate=self._accelerate
        )

    def _act(self, request: Request) -> Body:
        action = ACTIONS.get(request.headers["x-acs-action"])
        if find_leg(request) == _UNKNOWN or action is None or request.method not in action.methods:
            raise ApiError("InvalidAction.NotFound")
        _check_version(request, API_VERSION)
        try:
            with self._admit(action):
                self._delay(action.leg)
                return self._call(action, read_parameters(request))
        except ApiError as error:
            raise (as_console_error(error) if action.of_console else error) from None

    def _call(self, action: Action, parameters: dict[str, str]) -> Body:
        check_instance(self._parts.index.instance, parameters, self._clock(), of_console=action.of_console)
        return action.call(self._parts, parameters)

    def _admit(self, action: Action) -> AbstractContextManager[None]:
        limiter = None if action.limiter is None else self._limits.find(action.limiter)
        return nullcontext() if limiter is None else limiter.admit()


def _check_version(request: Request, version: str) -> None:
    if request.headers["x-acs-version"] != version:
        raise ApiError("InvalidVersion")


def _find_internal_error(request: Request) -> ImageSearchError:
    if speaks_xml(request.host):
        return UploadError("InternalError")
    action = ACTIONS.get(request.headers.get("x-acs-action", ""))
    of_console = action is not None and action.of_console
    return ConsoleError("Console.InternalError") if of_console else ApiError("UnknownException")
