"""From a request to an answer: check who sends it and what they may, act, and tell of the change."""

import logging
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

from local_cloud.image_search.wire import Request
from local_cloud.oss import events, links, listing, objects
from local_cloud.oss.errors import OssRefusal
from local_cloud.oss.model import Bucket, Buckets
from local_cloud.oss.objects import Change
from local_cloud.oss.signatures import SignatureVerifier
from local_cloud.oss.wire import OssAnswer, done, place_of, refused

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
# What a request does → the right it takes (RAM policy overview, actions).
RIGHTS = {
    "GET": "oss:GetObject",
    "HEAD": "oss:GetObject",
    "PUT": "oss:PutObject",
    "DELETE": "oss:DeleteObject",
    "POST": "oss:DeleteObject",
    "LIST": "oss:ListObjects",
}
_logger = logging.getLogger(__name__)


class Responses:
    """``denied`` holds the rights that the caller has not; one request acts at a time."""

    def __init__(
        self,
        buckets: Buckets,
        verifier: SignatureVerifier,
        clock: Callable[[], float],
        on_event: Callable[[dict[str, Any]], object],
    ) -> None:
        self.denied: set[str] = set()
        self._buckets = buckets
        self._verifier = verifier
        self._clock = clock
        self._on_event = on_event
        self._acting = threading.Lock()

    def answer(self, request: Request) -> OssAnswer:
        try:
            self._verifier.verify(request)
            with self._acting:
                answer, told = self._act(request)
            for event in told:
                self._on_event(event)
        except OssRefusal as refusal:
            return refused(request, refusal)
        except Exception:
            _logger.exception("the local OSS itself failed")
            return refused(request, OssRefusal("InternalError"))
        return answer

    def _act(self, request: Request) -> tuple[OssAnswer, list[dict[str, Any]]]:
        bucket, key = self._place(request)
        parameters = {name for name, _ in request.query}
        self._check_right("LIST" if not key and request.method == "GET" else request.method)
        if not key:
            return self._act_on_bucket(bucket, request, parameters)
        objects.check_key(key)
        if unknown := parameters - {"symlink"}:
            raise OssRefusal("NotImplemented", f"Not understood here: {', '.join(sorted(unknown))}.")
        match request.method, "symlink" in parameters:
            case ("GET", True):
                return links.get_symlink(bucket, key), []
            case ("GET" | "HEAD", False):
                return objects.get_object(bucket, key, request), []
        return self._told(bucket, [self._change(bucket, key, request, link="symlink" in parameters)])

    def _change(self, bucket: Bucket, key: str, request: Request, *, link: bool) -> Change:
        now = self._clock()
        match request.method, link:
            case ("PUT", True):
                return links.put_symlink(bucket, key, request, now)
            case ("PUT", False) if "x-oss-copy-source" in request.headers:
                return objects.copy_object(self._buckets, bucket, key, request, now)
            case ("PUT", False):
                return objects.put_object(bucket, key, request, now)
            case ("DELETE", False):
                return objects.delete_object(bucket, key, now)
        raise OssRefusal("MethodNotAllowed")

    def _act_on_bucket(
        self, bucket: Bucket, request: Request, parameters: set[str]
    ) -> tuple[OssAnswer, list[dict[str, Any]]]:
        if request.method == "GET" and ("list-type", "2") in request.query:
            return listing.list_objects(bucket, request), []
        if request.method == "POST" and "delete" in parameters:
            return self._told(bucket, listing.delete_objects(bucket, request, self._clock()))
        if request.method == "PUT" and "versioning" in parameters:
            bucket.versioning = _status(request.body) == "Enabled"
            return done(), []
        raise OssRefusal("NotImplemented")

    def _told(self, bucket: Bucket, changes: Iterable[Change]) -> tuple[OssAnswer, list[dict[str, Any]]]:
        made = list(changes)
        return made[-1].answer, [event for change in made if (event := self._event(bucket, change))]

    def _event(self, bucket: Bucket, change: Change) -> dict[str, Any] | None:
        number = change.answer.headers["x-oss-request-id"]
        if change.now:
            delta = len(change.now.data) - len(change.before.data if change.before else b"")
            return events.created(change.operation, bucket, change.now, delta, number)
        # A delete marker is not told (OSS user guide, "Configure event notification rules", usage notes).
        if change.before and not bucket.versioning:
            return events.removed(change.operation, bucket, change.before, self._clock(), number)
        return None

    def _place(self, request: Request) -> tuple[Bucket, str]:
        place = place_of(request)
        if not _BUCKET_NAME.fullmatch(place.bucket):
            raise OssRefusal("InvalidBucketName", elements={"BucketName": place.bucket})
        return self._buckets.find(place.bucket), place.key

    def _check_right(self, operation: str) -> None:
        if RIGHTS.get(operation) in self.denied:
            raise OssRefusal("AccessDenied")


def _status(body: bytes) -> str:
    try:
        return ET.fromstring(body).findtext("Status", "")  # noqa: S314 - of a test
    except ET.ParseError:
        raise OssRefusal("MalformedXML") from None
