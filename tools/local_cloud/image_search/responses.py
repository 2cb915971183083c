"""Answer a request: check the signature and the limits, call the operation, render its result."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from local_cloud.image_search import operations, search, upload_bucket
from local_cloud.image_search.errors import ApiError, ImageSearchError, UploadError
from local_cloud.image_search.forms import read_parameters
from local_cloud.image_search.hosts import OPEN_PLATFORM_HOST, UPLOAD_HOSTS
from local_cloud.image_search.models import Index
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rate_limit import Limiter
from local_cloud.image_search.rendering import Body, new_request_id, render_error
from local_cloud.image_search.signatures import SignatureVerifier
from local_cloud.image_search.uploads import Uploads
from local_cloud.server.wire import Request, Response, json_response

API_VERSION = "2020-12-14"
_VERSIONS = {"authorize": "2019-12-19"}
_AUTHORIZE = "AuthorizeFileUpload"
_LEGS = {"AddImage": "add", "DeleteImage": "delete", "SearchImageByPic": "search"}
# These are listed as calls, but faults cannot be scripted for them.
_OTHER_CALLS = {"CheckImageExists": "exists", "Detail": "detail"}
_UNKNOWN = "unknown"
_logger = logging.getLogger(__name__)


def find_leg(request: Request) -> str:
    """Return which leg of an add, a delete or a search the request is."""
    action = request.headers.get("x-acs-action", "")
    if request.host in UPLOAD_HOSTS:
        return "upload"
    if request.host == OPEN_PLATFORM_HOST:
        return "authorize" if action == _AUTHORIZE else _UNKNOWN
    return (_LEGS | _OTHER_CALLS).get(action, _UNKNOWN)


class Responses:
    """``delay`` waits for the latency of a leg. With ``accelerate`` uploads may use OSS's transfer acceleration."""

    def __init__(
        self,
        *,
        index: Index,
        uploads: Uploads,
        policies: PostPolicies,
        verifier: SignatureVerifier,
        limiters: Mapping[str, Limiter],
        delay: Callable[[str], None],
        accelerate: bool = False,
    ) -> None:
        self._index = index
        self._uploads = uploads
        self._policies = policies
        self._verifier = verifier
        self._limiters = limiters
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
            broken = UploadError("InternalError") if leg == "upload" else ApiError("UnknownException")
            return render_error(request.host, broken.status, broken.code, broken.message)

    def _respond(self, request: Request, leg: str) -> Response:
        if leg == "upload":
            self._delay(leg)
            return upload_bucket.post_object(self._policies, self._uploads, request)
        self._verifier.verify(request)
        if leg == _UNKNOWN:
            raise ApiError("InvalidAction.NotFound")
        if request.headers["x-acs-version"] != _VERSIONS.get(leg, API_VERSION):
            raise ApiError("InvalidVersion")
        with self._admit(leg):
            self._delay(leg)
            return json_response(200, {"RequestId": new_request_id()} | self._call(leg, request))

    def _admit(self, leg: str) -> AbstractContextManager[None]:
        limiter = self._limiters.get(leg)
        return nullcontext() if limiter is None else limiter.admit()

    def _call(self, leg: str, request: Request) -> Body:
        parameters = read_parameters(request)
        if leg == "authorize":
            address = request.headers["host"]
            return upload_bucket.authorize_file_upload(
                self._policies, self._uploads, address, accelerate=self._accelerate
            )
        if parameters.get("InstanceName") != self._index.instance.name:
            raise ApiError("InvalidInstance", "InstanceName takes the instance's name, not its ID.")
        match leg:
            case "add":
                return operations.add_image(self._index, self._uploads, parameters)
            case "delete":
                return operations.delete_image(self._index, parameters)
            case "search":
                return search.search_image_by_pic(self._index, self._uploads, parameters)
            case "exists":
                return operations.check_image_exists(self._index, parameters)
            case _:
                return operations.detail(self._index, parameters)
