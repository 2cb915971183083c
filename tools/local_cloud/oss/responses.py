"""Answer a request: check the signature and the rights, call the operation, report its events."""

import base64
import binascii
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.oss import events
from local_cloud.oss.addressing import check_place, parse_parameters, parse_place
from local_cloud.oss.calls import Call, Outcome, check_key
from local_cloud.oss.copying import check_source_right
from local_cloud.oss.errors import OssError
from local_cloud.oss.models import Buckets
from local_cloud.oss.operations import Operation, check_understood, find_operation
from local_cloud.oss.rendering import render_error
from local_cloud.oss.signatures import SIGNATURE_PARAMETERS, SignatureVerifier
from local_cloud.server.wire import Request, Response

Event = dict[str, Any]

_logger = logging.getLogger(__name__)


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
            _logger.exception("the local OSS failed at %s %s", request.method, request.target)
            return render_error(request.method, OssError("InternalError"))
        return response

    def _act(self, request: Request) -> tuple[Response, list[Event]]:
        place = parse_place(request)
        check_place(request, place, self._buckets.region)
        call = Call(request, self._buckets, place.bucket, place.key, _read_parameters(request), self._clock())
        operation = find_operation(call)
        if call.bucket_name and operation.name != "PutBucket":
            self._buckets.find(call.bucket_name)
        self._check_right(operation, call)
        check_understood(operation, call)
        if call.key:
            check_key(call.key)
        _check_digest(request)
        outcome = operation.act(call)
        return outcome.response, self._build_events(call, outcome)

    def _build_events(self, call: Call, outcome: Outcome) -> list[Event]:
        request_id = outcome.response.headers["x-oss-request-id"]
        return [events.build_event(change, call.bucket, call.now, request_id) for change in outcome.changes]

    def _check_right(self, operation: Operation, call: Call) -> None:
        if operation.name_right(call) in self.denied:
            raise OssError("AccessDenied")
        check_source_right(call, self.denied)


def _read_parameters(request: Request) -> Mapping[str, str]:
    """Return the parameters without those of a signature in the URL."""
    parameters = parse_parameters(request)
    signed = SIGNATURE_PARAMETERS if "authorization" not in request.headers else set()
    return {name: text for name, text in parameters.items() if name not in signed}


def _check_digest(request: Request) -> None:
    """Raise ``OssError`` if a Content-MD5 does not belong to the body."""
    given = request.headers.get("content-md5")
    if given is None:
        return
    try:
        expected = base64.b64decode(given, validate=True)
    except binascii.Error:
        raise OssError("InvalidDigest") from None
    if expected != hashlib.md5(request.body, usedforsecurity=False).digest():
        raise OssError("InvalidDigest")
