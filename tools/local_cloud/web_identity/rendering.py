"""Render answers of AWS's query protocol in XML."""

import uuid
from collections.abc import Mapping

from local_cloud.server.wire import xml_elements

NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}


def render(service: str, action: str, fields: Mapping[str, str]) -> bytes:
    """Return the body of a successful answer."""
    result = f"<{action}Result>{xml_elements(fields)}</{action}Result>" if fields else ""
    about = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
    return f'<{action}Response xmlns="{NAMESPACES[service]}">{result}{about}</{action}Response>'.encode()


def render_error(service: str, status: int, code: str, message: str) -> bytes:
    """Return the body of a refusal. Below status 500, the sender is to blame."""
    blamed = "Receiver" if status >= 500 else "Sender"  # noqa: PLR2004 - HTTP's
    error = xml_elements({"Type": blamed, "Code": code, "Message": message})
    content = f"<Error>{error}</Error><RequestId>{uuid.uuid4()}</RequestId>"
    return f'<ErrorResponse xmlns="{NAMESPACES[service]}">{content}</ErrorResponse>'.encode()
