"""From a request to an answer: check who sends it, call the model, render JSON or XML."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from xml.sax.saxutils import escape

from local_cloud.image_search import bucket, operations, search
from local_cloud.image_search.errors import ApiRefusal, OssRefusal, Refusal
from local_cloud.image_search.forms import read_parameters
from local_cloud.image_search.model import Index
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rate_limit import Limiter
from local_cloud.image_search.rendering import Body
from local_cloud.image_search.signatures import SignatureVerifier
from local_cloud.image_search.uploads import Uploads
from local_cloud.image_search.wire import (
    OPEN_PLATFORM_HOST,
    UPLOAD_HOSTS,
    Answer,
    Request,
    json_answer,
    request_id,
    xml_answer,
)

API_VERSION = "2020-12-14"
_VERSIONS = {"authorize": "2019-12-19"}
_AUTHORIZE = "AuthorizeFileUpload"
_LEGS = {"AddImage": "add", "DeleteImage": "delete", "SearchImageByPic": "search"}
# Calls too, but no legs: nothing is scripted for them.
_OTHER_CALLS = {"CheckImageExists": "exists", "Detail": "detail"}
_UNKNOWN = "unknown"
_logger = logging.getLogger(__name__)


def leg_of(request: Request) -> str:
    if request.host in UPLOAD_HOSTS:
        return "upload"
    if request.host == OPEN_PLATFORM_HOST:
        return "authorize" if request.action == _AUTHORIZE else _UNKNOWN
    return (_LEGS | _OTHER_CALLS).get(request.action, _UNKNOWN)


class Responses:
    """``delay`` takes as long as a leg's work takes. With ``accelerate`` uploads may take the accelerated way."""

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

    def answer(self, request: Request) -> Answer:
        leg = leg_of(request)
        try:
            return self._answer(request, leg)
        except Refusal as refusal:
            return refused(request, refusal.status, refusal.code, refusal.message)
        except Exception:
            _logger.exception("the local Image Search itself failed at %s", leg)
            broken = OssRefusal("InternalError") if leg == "upload" else ApiRefusal("UnknownException")
            return refused(request, broken.status, broken.code, broken.message)

    def _answer(self, request: Request, leg: str) -> Answer:
        if leg == "upload":
            self._delay(leg)
            return bucket.post_object(self._policies, self._uploads, request)
        self._verifier.verify(request)
        if leg == _UNKNOWN:
            raise ApiRefusal("InvalidAction.NotFound")
        if request.headers["x-acs-version"] != _VERSIONS.get(leg, API_VERSION):
            raise ApiRefusal("InvalidVersion")
        with self._admission(leg):
            self._delay(leg)
            return json_answer(200, {"RequestId": request_id()} | self._call(leg, read_parameters(request)))

    def _admission(self, leg: str) -> AbstractContextManager[None]:
        limiter = self._limiters.get(leg)
        return nullcontext() if limiter is None else limiter.admit()

    def _call(self, leg: str, parameters: dict[str, str]) -> Body:
        if leg == "authorize":
            return bucket.authorize(self._policies, self._uploads, accelerate=self._accelerate)
        if parameters.get("InstanceName") != self._index.instance.name:
            raise ApiRefusal("InvalidInstance", "It is the instance's name, not its id.")
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


def refused(request: Request, status: int, code: str, message: str) -> Answer:
    """The shapes of the API gateway's and of the bucket's errors."""
    said = {"RequestId": request_id(), "HostId": request.host, "Code": code, "Message": message}
    if request.host not in UPLOAD_HOSTS:
        return json_answer(status, said, code)
    elements = "".join(f"<{name}>{escape(said[name])}</{name}>" for name in ("Code", "Message", "RequestId", "HostId"))
    return xml_answer(status, f"<Error>{elements}</Error>", code)
