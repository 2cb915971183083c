"""Render responses in JSON or XML. An RPC without "Format" is answered in XML (API gateway, "Common parameters")."""

import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from local_cloud.server.wire import Response, json_response, xml_response


def render(action: str, body: Mapping[str, Any], *, as_json: bool) -> Response:
    """Return a successful response."""
    content = {"RequestId": new_request_id()} | dict(body)
    if as_json:
        return json_response(200, content)
    return xml_response(200, f"<{action}Response>{_elements(content)}</{action}Response>")


def render_error(status: int, code: str, message: str, host: str, *, as_json: bool) -> Response:
    """Return an error response in the form of the API gateway."""
    content = {"RequestId": new_request_id(), "Message": message, "HostId": host, "Code": code}
    if as_json:
        return json_response(status, content, code)
    return xml_response(status, f"<Error>{_elements(content)}</Error>", code)


def new_request_id() -> str:
    return str(uuid.uuid4()).upper()


def _elements(content: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_elements(value) if isinstance(value, Mapping) else escape(str(value))}</{name}>"
        for name, value in content.items()
    )
