"""Read requests to AWS by the vendor's own models: which operation, of whom, on what.

botocore's models say how each protocol names an operation (for S3 and Lambda: by method, path and query).
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl

from botocore.session import Session

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/[^/]*/([^/]+)/aws4_request")
_RPC = re.compile(r"/service/[^/]+/operation/(\w+)")
_SERVICES = {"monitoring": "cloudwatch"}  # names in signatures that botocore has under another name


class Call(NamedTuple):
    """One request. ``given`` holds its parameters, by the model's names as far as the request shows them."""

    principal: str  # the access key's ID
    service: str
    operation: str
    given: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


def read_call(environ: Mapping[str, Any], body: bytes) -> Call | None:
    """Return the call, or ``None`` for a request without a signature."""
    service = read_service(environ)
    if service is None:
        return None
    principal = _SCOPE.search(environ["HTTP_AUTHORIZATION"])[1]
    return Call(principal, service, *_read_operation(service, environ, body))


def read_service(environ: Mapping[str, Any]) -> str | None:
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found and _SERVICES.get(found[2], found[2])


def _read_operation(service: str, environ: Mapping[str, Any], body: bytes) -> tuple[str, Mapping[str, Any]]:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2], json.loads(body or b"{}")
    if rpc := _RPC.fullmatch(environ["PATH_INFO"]):
        return rpc[1], {}
    if "urlencoded" in environ.get("CONTENT_TYPE", ""):
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return fields.pop("Action"), fields
    return _match(service, environ)


class _Address(NamedTuple):
    """How requests of a REST operation look: with this query and these headers."""

    name: str
    method: str
    path: re.Pattern[str]
    query: dict[str, str]
    headers: frozenset[str]  # as WSGI names them

    @property
    def rank(self) -> tuple[int, int, int]:
        return len(self.query), len(self.headers), len(self.path.pattern)


def _match(service: str, environ: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the operation of a REST service whose address has the most in common with the request."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    path = environ["PATH_INFO"].encode("latin-1").decode()  # WSGI's form of UTF-8
    fitting = [
        (one.rank, one.name, found.groupdict())
        for one in _addresses(service)
        if one.method == environ["REQUEST_METHOD"]
        and one.query.items() <= query.items()
        and one.headers <= environ.keys()
        and (found := one.path.fullmatch(path))
    ]
    _, name, names = max(fitting, key=lambda one: one[0])
    headers = {"ChecksumMode": environ["HTTP_X_AMZ_CHECKSUM_MODE"]} if "HTTP_X_AMZ_CHECKSUM_MODE" in environ else {}
    return name, names | query | headers


@cache
def _addresses(service: str) -> list[_Address]:
    return list(_read_addresses(service))


def _read_addresses(service: str) -> Iterator[_Address]:
    model = Session().get_service_model(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        yield _Address(
            name,
            operation.http["method"],
            re.compile(pattern.rstrip("/") + "/?", re.DOTALL),
            dict(parse_qsl(query, keep_blank_values=True)),
            frozenset(_needed_headers(operation.input_shape)),
        )


def _needed_headers(shape: Any) -> Iterator[str]:
    for name in shape.required_members if shape else ():
        member = shape.members[name].serialization
        if member.get("location") == "header":
            yield f"HTTP_{member['name'].upper().replace('-', '_')}"
