"""The host names that the SDK calls, and what stands for them when a client comes without a proxy."""

from collections.abc import Collection

from werkzeug.http import parse_options_header

from local_cloud.server.listener import LOOPBACK
from local_cloud.server.wire import Request

OPEN_PLATFORM_HOST = "openplatform.aliyuncs.com"
# The SDK uploads to Shanghai whatever the instance's region. Observed; not documented.
UPLOAD_BUCKET = "viapi-customer-temp"
UPLOAD_ENDPOINT = "oss-cn-shanghai.aliyuncs.com"
UPLOAD_HOST = f"{UPLOAD_BUCKET}.{UPLOAD_ENDPOINT}"
# The same bucket from within Alibaba Cloud's Shanghai, and from far away (OSS, "Endpoints", "Transfer acceleration").
INTERNAL_UPLOAD_HOST = f"{UPLOAD_BUCKET}.oss-cn-shanghai-internal.aliyuncs.com"
ACCELERATE_UPLOAD_HOST = f"{UPLOAD_BUCKET}.oss-accelerate.aliyuncs.com"
UPLOAD_HOSTS = (UPLOAD_HOST, INTERNAL_UPLOAD_HOST, ACCELERATE_UPLOAD_HOST)


def image_search_host(region: str) -> str:
    return f"imagesearch.{region}.aliyuncs.com"


def find_meant_host(request: Request, hosts: Collection[str], image_search: str) -> str:
    """Return which of ``hosts`` a request to the stand-in's own address is meant for.

    A client that resolves the vendor's names to 127.0.0.1 sends them as "Host". The others tell by what they ask.
    """
    name = _split_port(request.headers.get("host", ""))[0]
    if name in hosts:
        return name
    if request.headers.get("x-acs-action") == "AuthorizeFileUpload":
        return OPEN_PLATFORM_HOST
    is_form = parse_options_header(request.headers.get("content-type"))[0] == "multipart/form-data"
    return UPLOAD_HOST if is_form else image_search


def find_upload_place(address: str) -> tuple[str, str]:
    """Return the bucket and the endpoint of an upload for a client that reached the stand-in by ``address``.

    SDKs upload to "https://{bucket}.{endpoint}/". A client without a proxy gets its own address cut at the first dot,
    such as "127" and "0.0.1:8080": joined again, they need no name to resolve.
    """
    name, port = _split_port(address)
    if name == OPEN_PLATFORM_HOST or not name:
        return UPLOAD_BUCKET, UPLOAD_ENDPOINT + port
    bucket, _, endpoint = (name if "." in name else LOOPBACK).partition(".")
    return bucket, endpoint + port


def _split_port(address: str) -> tuple[str, str]:
    """Return the name in lower case, and the port with its colon unless it is HTTP's or TLS's own."""
    name, colon, port = address.lower().partition(":")
    return name, "" if port in {"", "80", "443"} else colon + port
