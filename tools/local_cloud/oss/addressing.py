"""Find the bucket and the key that a request names, in its host or in its path.

A bucket may stand before a host name of OSS or before ``localhost``. For any other host, it is the path's first part.
OSS refuses that on its own hosts (SecondLevelDomainForbidden), but its SDKs do it if the endpoint is an IP address.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from local_cloud.oss.errors import OssError, wrong_endpoint_error
from local_cloud.server.wire import Request

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_OSS_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?oss-(?P<region>[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com")
_LOCAL_HOST = re.compile(r"(?P<bucket>.+)\.localhost")


@dataclass(frozen=True)
class Place:
    """The bucket and the key of a request. The key is empty for the bucket itself, and both are for the service."""

    bucket: str
    key: str

    @property
    def resource(self) -> str:
        """The place as signatures name it."""
        return f"/{self.bucket}/{self.key}" if self.bucket else "/"


def parse_place(request: Request) -> Place:
    """Return the place. Bytes of a key that are not UTF-8 become surrogates."""
    path = unquote(request.target.partition("?")[0], errors="surrogateescape").removeprefix("/")
    host = _read_host(request)
    found = _OSS_HOST.fullmatch(host) or _LOCAL_HOST.fullmatch(host)
    if found and found["bucket"]:
        return Place(found["bucket"], path)
    bucket, _, key = path.partition("/")
    return Place(bucket, key)


def check_place(request: Request, place: Place, region: str) -> None:
    """Raise ``OssError`` if the host belongs to another region, or if the bucket cannot have this name."""
    found = _OSS_HOST.fullmatch(_read_host(request))
    if found and found["region"] != region:
        raise wrong_endpoint_error(place.bucket, region)
    if found and place.bucket and not found["bucket"]:
        raise OssError("SecondLevelDomainForbidden")
    if place.bucket and not BUCKET_NAME.fullmatch(place.bucket):
        raise OssError("InvalidBucketName", elements={"BucketName": place.bucket})


def parse_parameters(request: Request) -> dict[str, str]:
    """Return the query. Raise ``OssError`` for a parameter that is given twice."""
    pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise OssError("InvalidArgument", "A query parameter is given more than once.")
    return parameters


def _read_host(request: Request) -> str:
    return request.headers.get("host", "").rpartition("@")[2].partition(":")[0].lower()
