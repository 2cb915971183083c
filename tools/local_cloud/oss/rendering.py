"""Render responses with OSS's headers and XML."""

import base64
from collections.abc import Mapping

from local_cloud.oss.errors import OssError
from local_cloud.server.wire import XML, Headers, Response, encode_xml, new_request_id, xml_elements

_SERVER = {"Server": "AliyunOSS"}
_NOT_MODIFIED = 304


def render(status: int = 200, headers: Headers | None = None, body: bytes = b"", media: str = "") -> Response:
    all_headers = {**_SERVER, **(headers or {}), "x-oss-request-id": new_request_id()}
    return Response(status, media, body, headers=all_headers)


def render_xml(body: str) -> Response:
    return render(body=encode_xml(body), media=XML)


def render_error(method: str, error: OssError) -> Response:
    """Return the error in XML. A HEAD has no body, so its XML is in a header (HeadObject reference, x-oss-err)."""
    request_id = new_request_id()
    body = encode_xml(_error_xml(error, request_id))
    headers = {**_SERVER, **error.headers, "x-oss-request-id": request_id}
    if error.ec:
        headers["x-oss-ec"] = error.ec
    if method == "HEAD":
        headers["x-oss-err"] = base64.b64encode(body).decode()
    if method == "HEAD" or error.status == _NOT_MODIFIED:
        body = b""
    return Response(error.status, XML if body else "", body, error.code, headers)


def _error_xml(error: OssError, request_id: str) -> str:
    always = {"Code": error.code, "Message": error.message, "RequestId": request_id, "HostId": "127.0.0.1"}
    fields: Mapping[str, str] = {**always, **error.elements, "EC": error.ec}
    return f"<Error>{xml_elements({name: text for name, text in fields.items() if text})}</Error>"
