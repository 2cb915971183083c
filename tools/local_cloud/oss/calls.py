"""What an operation gets and returns, and how it reads the request."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from local_cloud.oss.errors import OssError, refuse
from local_cloud.oss.models import Bucket, Buckets, StoredObject
from local_cloud.server.wire import Request, Response

MAX_KEY_BYTES = 1023


@dataclass(frozen=True)
class Call:
    """A verified request. ``parameters`` are those of the query without the signature."""

    request: Request
    buckets: Buckets
    bucket_name: str
    key: str
    parameters: Mapping[str, str]
    now: float

    @property
    def bucket(self) -> Bucket:
        return self.buckets.find(self.bucket_name)

    @property
    def headers(self) -> Mapping[str, str]:
        return self.request.headers


@dataclass(frozen=True)
class Change:
    """A change that OSS announces. ``now`` is the object after it, or ``None``; ``event`` is its name in events."""

    event: str
    now: StoredObject | None
    before: StoredObject | None


@dataclass(frozen=True)
class Outcome:
    response: Response
    changes: tuple[Change, ...] = ()


def check_key(key: str) -> None:
    """Raise ``OssError`` if an object cannot have this name."""
    size = len(key.encode(errors="surrogateescape"))
    if not 0 < size <= MAX_KEY_BYTES or key.startswith(("/", "\\")) or any("\ud800" <= one <= "\udfff" for one in key):
        raise OssError("InvalidObjectName", elements={"ObjectName": key.encode(errors="replace").decode()})


def read_number(parameters: Mapping[str, str], name: str, default: int, largest: int, smallest: int = 1) -> int:
    text = parameters.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()) or not smallest <= int(text) <= largest:
        raise refuse(name, text, f"{smallest} to {largest} are allowed")
    return int(text)


def read_choice(given: Mapping[str, str], name: str, allowed: Collection[str], default: str = "") -> str:
    """Return the value of a header or a parameter. Raise ``OssError`` for a value that is not allowed."""
    text = given.get(name, default)
    if text not in {*allowed, default}:
        raise refuse(name, text, f"allowed are {', '.join(sorted(allowed))}")
    return text


def read_flag(given: Mapping[str, str], name: str) -> bool:
    """Return whether a header says true. The SDKs write it in several ways."""
    lower = {one: text.lower() for one, text in given.items()}
    return read_choice(lower, name, {"true", "false"}, "false") == "true"


def read_document(body: bytes, root: str, known: Collection[str]) -> ET.Element:
    """Return the body's XML without namespaces. Raise ``OssError`` for elements that are not known."""
    try:
        document = ET.fromstring(body)  # noqa: S314 - sent by tests
    except ET.ParseError:
        raise OssError("MalformedXML") from None
    for element in document.iter():
        element.tag = element.tag.rpartition("}")[2]
    if document.tag != root:
        raise OssError("MalformedXML", f"The body is <{document.tag}>, not <{root}>.")
    if unknown := {element.tag for element in document.iter()} - {root, *known}:
        raise OssError("NotImplemented", f"Not supported here in <{root}>: {', '.join(sorted(unknown))}.")
    return document


def format_iso(time: float) -> str:
    """Return a time as in XML and in events."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
