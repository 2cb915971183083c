"""Answer CloudFormation's DescribeStacks, since moto's CloudFormation needs packages that nothing else here needs.

The response follows the DescribeStacks reference and botocore's model of it. All other requests go on to moto.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_MOST_BYTES = 65536

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Stack(NamedTuple):
    """A stack as DescribeStacks shows it."""

    outputs: Mapping[str, str]
    parameters: Mapping[str, str] = {}
    status: str = "CREATE_COMPLETE"


class Stacks:
    """The stacks by name, in front of another application. Each is made when somebody first asks for it."""

    def __init__(self, other: Application) -> None:
        self._other = other
        self._makers: dict[str, Callable[[], Stack]] = {}
        self._made: dict[str, Stack] = {}

    def add(self, name: str, make: Callable[[], Stack]) -> None:
        """Let a stack exist. It replaces one of the same name."""
        self._made.pop(name, None)
        self._makers[name] = make

    def remove(self, name: str) -> None:
        """Let a stack exist no more."""
        self._made.pop(name, None)
        self._makers.pop(name, None)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "/cloudformation/" not in environ.get("HTTP_AUTHORIZATION", ""):
            return self._other(environ, start_response)
        length = min(int(environ.get("CONTENT_LENGTH") or 0), _MOST_BYTES)
        query = {name: values[0] for name, values in parse_qs(environ["wsgi.input"].read(length).decode()).items()}
        status, body = self._respond(query)
        start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
        return [body]

    def _respond(self, query: Mapping[str, str]) -> tuple[str, bytes]:
        if query.get("Action") != "DescribeStacks":
            return _render_error("InvalidAction", f"Could not find operation {query.get('Action')}")
        name = query.get("StackName")
        if name is not None and name not in self._makers:
            return _render_error("ValidationError", f"Stack with id {name} does not exist")
        members = "".join(_render(one, self._find(one)) for one in ([name] if name else self._makers))
        return "200 OK", _render_response(
            "DescribeStacks", f"<DescribeStacksResult><Stacks>{members}</Stacks></DescribeStacksResult>"
        )

    def _find(self, name: str) -> Stack:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]


def _render(name: str, stack: Stack) -> str:
    fields = {"StackName": name, "StackStatus": stack.status, "CreationTime": "2026-11-01T00:00:00Z"}
    fields["StackId"] = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/{uuid.uuid4()}"
    outputs = _render_pairs("Outputs", "Output", stack.outputs)
    parameters = _render_pairs("Parameters", "Parameter", stack.parameters)
    return f"<member>{_render_fields(fields)}{outputs}{parameters}</member>"


def _render_pairs(list_name: str, kind: str, values: Mapping[str, str]) -> str:
    members = "".join(
        f"<member>{_render_fields({f'{kind}Key': name, f'{kind}Value': value})}</member>"
        for name, value in values.items()
    )
    return f"<{list_name}>{members}</{list_name}>"


def _render_fields(fields: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())


def _render_response(action: str, content: str) -> bytes:
    about = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
    return f'<{action}Response xmlns="{_NAMESPACE}">{content}{about}</{action}Response>'.encode()


def _render_error(code: str, message: str) -> tuple[str, bytes]:
    error = _render_fields({"Type": "Sender", "Code": code, "Message": message})
    content = f"<Error>{error}</Error><RequestId>{uuid.uuid4()}</RequestId>"
    return "400 Bad Request", f'<ErrorResponse xmlns="{_NAMESPACE}">{content}</ErrorResponse>'.encode()
