"""The conditions on the object that a request reads, or copies from, and on the one that it would overwrite.

Sources: the references of GetObject, HeadObject and CopyObject, request headers. Every condition has to hold.
"""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from local_cloud.oss.calls import Call, read_flag
from local_cloud.oss.errors import OssError, refuse
from local_cloud.oss.models import StoredObject

NAMES = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
COPY = "x-oss-copy-source-"
FORBID_OVERWRITE = "x-oss-forbid-overwrite"

# condition → the code if it does not hold, and whether it holds
_CHECKS: Mapping[str, tuple[str, Callable[[StoredObject, str, str], bool]]] = {
    "if-match": ("PreconditionFailed", lambda stored, _, text: text.strip('"') == stored.etag),
    "if-unmodified-since": (
        "PreconditionFailed",
        lambda stored, name, text: int(stored.last_modified) <= _read_time(name, text),
    ),
    "if-none-match": ("NotModified", lambda stored, _, text: text.strip('"') != stored.etag),
    "if-modified-since": (
        "NotModified",
        lambda stored, name, text: int(stored.last_modified) > _read_time(name, text),
    ),
}


def check_conditions(headers: Mapping[str, str], stored: StoredObject, prefix: str = "") -> None:
    """Raise ``OssError`` if a condition does not hold. A ``prefix`` names those on the source of a copy."""
    for condition, (code, holds) in _CHECKS.items():
        name = f"{prefix}{condition}"
        if name in headers and not holds(stored, name, headers[name]):
            raise OssError(code, elements={"Condition": name}, headers={"ETag": f'"{stored.etag}"'})


def check_overwrite(call: Call) -> None:
    """Raise ``OssError`` if the request forbids to overwrite. In a bucket with versioning, nothing is overwritten."""
    forbidden = read_flag(call.headers, FORBID_OVERWRITE)
    if forbidden and not call.bucket.versioning and call.bucket.current(call.key):
        raise OssError("FileAlreadyExists", elements={"ObjectName": call.key})


def _read_time(name: str, text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        raise refuse(name, text, "a date of HTTP is needed") from None
