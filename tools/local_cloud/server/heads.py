"""Read the head of a request: its target, its host and its headers (RFC 9112, sections 3 and 5)."""

from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    InvalidHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
from email.message import Message
from urllib.parse import SplitResult, urlsplit

from local_cloud.server.errors import RefusedRequestError
from local_cloud.server.wire import Request

_ABSOLUTE = ("http://", "https://")
# Others are about the body, which the email parser does not get.
_DEFECTS = (FirstHeaderLineIsContinuationDefect, InvalidHeaderDefect, MissingHeaderBodySeparatorDefect)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_head(method: str, target: str, headers: Message, *, needs_host: bool) -> Request:
    """Return the request without its body. Its ``host`` is that of an absolute target, which also replaces "Host".

    Raise ``RefusedRequestError`` if the target or a header is malformed, or if "Host" is missing or repeated.
    """
    _check(headers)
    hosts = headers.get_all("Host", [])
    if len(hosts) > 1 or (needs_host and not hosts):
        raise RefusedRequestError("the request needs exactly one Host")
    fields = {name.lower(): ",".join(headers.get_all(name, [])) for name in headers}
    if not target.lower().startswith(_ABSOLUTE):
        if not target.startswith("/"):
            raise RefusedRequestError(f"{target} is neither a path nor an http URL")
        return Request(method, "", target, fields, b"")
    url = _split(target)
    path = target[len(f"{url.scheme}://{url.netloc}") :]
    path = path if path.startswith("/") else f"/{path}"
    return Request(method, host_with_port(url), path, fields | {"host": url.netloc}, b"")


def host_with_port(url: SplitResult) -> str:
    """Return the host in lower case, with the port unless it is the scheme's own."""
    host = (url.hostname or "").lower()
    return host if url.port in {None, _DEFAULT_PORTS.get(url.scheme)} else f"{host}:{url.port}"


def _check(headers: Message) -> None:
    if any(isinstance(defect, _DEFECTS) for defect in headers.defects):
        raise RefusedRequestError("a header is not of the form 'name: value'")
    for name, value in headers.items():
        if "\n" in value or "\r" in value:
            raise RefusedRequestError(f"the header {name} goes over several lines")


def _split(target: str) -> SplitResult:
    try:
        url = urlsplit(target)
        valid = url.hostname and "@" not in url.netloc and url.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise RefusedRequestError(f"{target} is not a valid http URL")
    return url
