"""Answer ListEventRules, the operation of SMQ's control API (2022-01-19) that ``doctor`` uses.

The proxy of the local Image Search serves its host. Signatures are checked as the API gateway does; every other
operation is refused.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_cloud.server.acs3 import Acs3Verifier
from local_cloud.server.credentials import Credentials
from local_cloud.server.errors import ServiceError
from local_cloud.server.wire import Request, Response, json_response

ListRules = Callable[[str], Iterable[Mapping[str, Any]]]


def control_host(region: str) -> str:
    """Return the vendor's host of the control API."""
    return f"mns-open.{region}.aliyuncs.com"


class SmqControl:
    """``list_rules`` returns the rules about a bucket, in the shape of the operation's ``PageData``."""

    def __init__(self, credentials: Credentials, list_rules: ListRules) -> None:
        self._verifier = _Verifier(credentials, time.time)
        self._list_rules = list_rules

    def respond(self, request: Request, client: object) -> Response:  # noqa: ARG002 - as the proxy calls it
        try:
            self._check(request)
        except ServiceError as error:
            refusal = {"RequestId": str(uuid.uuid4()), "Code": error.code, "Message": error.message}
            return json_response(error.status, refusal, error.code)
        rules = list(self._list_rules(dict(request.query)["ResourceName"]))
        data = {"PageNum": 1, "PageSize": 50, "Total": len(rules), "PageData": rules}
        return json_response(200, {"RequestId": str(uuid.uuid4()), "Code": 200, "Success": True, "Data": data})

    def _check(self, request: Request) -> None:
        self._verifier.verify(request)
        if request.headers["x-acs-action"] != "ListEventRules":
            raise ServiceError("InvalidAction.NotFound", 404, "Specified api is not found.")


class _Verifier(Acs3Verifier):
    def refuse(self, code: str, detail: str = "") -> ServiceError:
        return ServiceError(code, 403, detail or code)
