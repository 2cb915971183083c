"""Stand in front of the local AWS, refuse what a principal's policy does not allow, and record what it calls."""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from local_cloud.stacks import Application
from tests.deployment.permissions import Grant
from tests.deployment.permissions_aws import Place
from tests.deployment.permissions_requests import Call, read_call, read_service

_READS = {"s3:GetObject", "s3:HeadObject"}
_XML = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>"


class Gate:
    """``granted`` holds the permissions of each principal. One that is not named there may do everything.

    ``used`` are the permissions that the principal's calls needed, ``missing`` those that it did not have. ``errors``
    are requests that were not understood.
    """

    def __init__(self, place: Place, granted: Mapping[str, set[Grant]]) -> None:
        self.used: dict[str, set[Grant]] = {name: set() for name in granted}
        self.missing: set[Grant] = set()
        self.errors: list[str] = []
        self._place, self._granted = place, granted

    def in_front_of(self, other: Application) -> Application:
        def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            try:
                call = read_call(environ, _read_body(environ))
                is_known = call is not None and call.principal in self._granted
                needs = self._place.needs(call) if call and is_known else set()
            except Exception as error:
                self.errors.append(repr(error))  # the caller may live with the status 500
                raise
            if call is None or not is_known:
                return other(environ, start_response)
            if not self._allow(call, needs):
                return _refuse(call, environ, start_response)
            return self._pass_on(call, other, environ, start_response)

        return respond

    def _allow(self, call: Call, needs: set[Grant]) -> bool:
        self.used[call.principal] |= needs
        lacking = needs - self._granted[call.principal]
        self.missing |= lacking
        return not lacking

    def _pass_on(
        self, call: Call, other: Application, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        answers: list[tuple[Any, ...]] = []
        body = list(other(environ, lambda *given: answers.append(given)))
        if call.name in _READS and not self._may_tell(call, int(answers[0][0][:3])):
            return _refuse(call, environ, start_response)
        start_response(*answers[0])
        return body

    def _may_tell(self, call: Call, status: int) -> bool:
        """Return whether the caller may have this answer to a read.

        A missing object is told apart only if the bucket may be listed as a whole. With a condition on the prefix, S3's
        answer is not documented (ADR 7). Here it refuses: the harder of both.
        """
        if status == HTTPStatus.OK:
            return self._allow(call, self._place.decryption(call))
        listing = self._place.listing(call)
        return self._has(call, listing) and self._allow(call, {listing})

    def _has(self, call: Call, need: Grant) -> bool:
        return need in self._granted[call.principal]


def _read_body(environ: dict[str, Any]) -> bytes:
    """Return the body, and leave it to be read again. Requests to S3 need none here, and may stream theirs."""
    if read_service(environ) == "s3":
        return b""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _refuse(call: Call, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the service does: S3 and query services in XML, the others in JSON."""
    if "HTTP_X_AMZ_TARGET" in environ:
        error = "com.amazonaws.sqs#AccessDenied" if call.service == "sqs" else "AccessDeniedException"
        status, kind, body = "400 Bad Request", "application/x-amz-json-1.0", json.dumps({"__type": error})
    elif call.service == "s3":
        status, kind, body = "403 Forbidden", "application/xml", "<Error><Code>AccessDenied</Code></Error>"
    else:
        status, kind, body = "403 Forbidden", "text/xml", _XML
    content = b"" if environ["REQUEST_METHOD"] == "HEAD" else body.encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(content)))])
    return [content]
