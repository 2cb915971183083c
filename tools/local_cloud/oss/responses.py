"""Answer a request: check the signature and the rights, call the operation, report its events."""

import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from local_cloud.oss import events, listing, operations
from local_cloud.oss.errors import OssError
from local_cloud.oss.models import Bucket, Buckets
from local_cloud.oss.operations import Change
from local_cloud.oss.rendering import render, render_error
from local_cloud.oss.signatures import SignatureVerifier
from local_cloud.server.wire import Request, Response

Event = dict[str, Any]

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
# operation → the right that it needs (RAM policy overview, actions)
RIGHTS = {
    "GET": "oss:GetObject",
    "HEAD": "oss:GetObject",
    "PUT": "oss:PutObject",
    "DELETE": "oss:DeleteObject",
    "POST": "oss:DeleteObject",
    "LIST": "oss:ListObjects",
}
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """The bucket and the key of a request in path style. The key is empty for the bucket itself."""

    bucket: str
    key: str


def parse_place(request: Request) -> Place:
    bucket, _, key = request.path.removeprefix("/").partition("/")
    return Place(unquote(bucket), unquote(key))


class Responses:
    """``denied`` holds the rights that the caller lacks. One request at a time changes the buckets."""

    def __init__(
        self,
        buckets: Buckets,
        verifier: SignatureVerifier,
        clock: Callable[[], float],
        on_event: Callable[[Event], object],
    ) -> None:
        self.denied: set[str] = set()
        self._buckets = buckets
        self._verifier = verifier
        self._clock = clock
        self._on_event = on_event
        self._acting = threading.Lock()

    def respond(self, request: Request) -> Response:
        try:
            self._verifier.verify(request)
            with self._acting:
                response, occurred = self._act(request)
            for event in occurred:
                self._on_event(event)
        except OssError as error:
            return render_error(request.method, error)
        except Exception:
            _logger.exception("the local OSS failed at %s %s", request.method, request.path)
            return render_error(request.method, OssError("InternalError"))
        return response

    def _act(self, request: Request) -> tuple[Response, list[Event]]:
        bucket, key = self._find_place(request)
        parameters = {name for name, _ in request.query}
        self._check_right("LIST" if not key and request.method == "GET" else request.method)
        if not key:
            return self._act_on_bucket(bucket, request, parameters)
        operations.check_key(key)
        if unknown := parameters - {"symlink"}:
            raise OssError("NotImplemented", f"Not supported here: {', '.join(sorted(unknown))}.")
        match request.method, "symlink" in parameters:
            case ("GET", True):
                return operations.get_symlink(bucket, key), []
            case ("GET" | "HEAD", False):
                return operations.get_object(bucket, key, request), []
        return self._collect(bucket, [self._change(bucket, key, request, link="symlink" in parameters)])

    def _change(self, bucket: Bucket, key: str, request: Request, *, link: bool) -> Change:
        now = self._clock()
        match request.method, link:
            case ("PUT", True):
                return operations.put_symlink(bucket, key, request, now)
            case ("PUT", False) if "x-oss-copy-source" in request.headers:
                return operations.copy_object(self._buckets, bucket, key, request, now)
            case ("PUT", False):
                return operations.put_object(bucket, key, request, now)
            case ("DELETE", False):
                return operations.delete_object(bucket, key, now)
        raise OssError("MethodNotAllowed")

    def _act_on_bucket(self, bucket: Bucket, request: Request, parameters: set[str]) -> tuple[Response, list[Event]]:
        if request.method == "GET" and ("list-type", "2") in request.query:
            return listing.list_objects(bucket, request), []
        if request.method == "POST" and "delete" in parameters:
            return self._collect(bucket, listing.delete_objects(bucket, request, self._clock()))
        if request.method == "PUT" and "versioning" in parameters:
            bucket.versioning = _read_status(request.body) == "Enabled"
            return render(), []
        raise OssError("NotImplemented")

    def _collect(self, bucket: Bucket, changes: Iterable[Change]) -> tuple[Response, list[Event]]:
        """Return the last change's response and the events of all changes."""
        made = list(changes)
        return made[-1].response, [event for change in made if (event := self._build_event(bucket, change))]

    def _build_event(self, bucket: Bucket, change: Change) -> Event | None:
        request_id = change.response.headers["x-oss-request-id"]
        if change.now:
            delta = len(change.now.data) - len(change.before.data if change.before else b"")
            return events.build_created_event(change.operation, bucket, change.now, delta, request_id)
        # A delete marker causes no event (OSS user guide, "Configure event notification rules", usage notes).
        if change.before and not bucket.versioning:
            return events.build_removed_event(change.operation, bucket, change.before, self._clock(), request_id)
        return None

    def _find_place(self, request: Request) -> tuple[Bucket, str]:
        place = parse_place(request)
        if not _BUCKET_NAME.fullmatch(place.bucket):
            raise OssError("InvalidBucketName", elements={"BucketName": place.bucket})
        return self._buckets.find(place.bucket), place.key

    def _check_right(self, operation: str) -> None:
        if RIGHTS.get(operation) in self.denied:
            raise OssError("AccessDenied")


def _read_status(body: bytes) -> str:
    try:
        return ET.fromstring(body).findtext("Status", "")  # noqa: S314 - sent by tests
    except ET.ParseError:
        raise OssError("MalformedXML") from None
