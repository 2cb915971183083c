"""Read a function of Function Compute, through the SDK of Alibaba Cloud's APIs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from imagesearch_ingest.adapters.image_search.errors import API, RequestKind, translate_errors
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.codes import CREDENTIALS
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import PREFIX, variable
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

_VERSION = "2023-03-30"
_NOT_FOUND = {"FunctionNotFound", "ResourceNotFound"}
# Function Compute's own codes (its reference, "Error codes") beside those that all of Alibaba Cloud's APIs share.
_API = RequestKind(
    {**SERVICE_CODES, **dict.fromkeys(("AccessDenied", "InvalidAccessKeyID", "SignatureNotMatch"), CREDENTIALS)},
    API.settings._replace(host="the region of --function"),
)
_CONNECT_MS, _READ_MS = 3000, 10_000


def split_name(text: str) -> tuple[str, str]:
    """Return region and name of ``REGION/NAME``. Raise ``InputError``."""
    region, slash, name = text.partition("/")
    if not (slash and region and name):
        raise InputError(f"--function {printable(text)}: write REGION/NAME, such as cn-shanghai/imagesearch-ingest")
    return region, name


def read_function(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a function, its ``INGEST_*`` and its region (API of Function Compute, GetFunction).

    Raise ``InputError`` if there is no such function, and ``IngestError`` if it cannot be read.
    """
    region, name = split_name(text)
    try:
        with translate_errors(f"reading the function {name}", _API):
            answer = _get(f"/{_VERSION}/functions/{quote(name, safe='')}", region, environ)
    except IngestError as error:
        if error.service_code in _NOT_FOUND:
            raise InputError(f"there is no function {printable(name)} in {printable(region)}") from None
        raise
    variables = answer.get("body", {}).get("environmentVariables") or {}
    found = {name: value for name, value in variables.items() if name.startswith(PREFIX)}
    return found | {"FC_REGION": region}


def _get(path: str, region: str, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - the SDK has no types
    from alibabacloud_tea_openapi.client import Client  # noqa: PLC0415 - takes a while to import
    from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params  # noqa: PLC0415
    from darabonba.runtime import RuntimeOptions  # noqa: PLC0415

    key = Credentials.from_env(environ)
    config = Config(
        access_key_id=key.access_key_id,
        access_key_secret=key.access_key_secret,
        security_token=key.security_token,
        region_id=region,
        endpoint=f"fcv3.{region}.aliyuncs.com",
    )
    params = Params(
        action="GetFunction",
        version=_VERSION,
        protocol="HTTPS",
        pathname=path,
        method="GET",
        auth_type="AK",
        style="ROA",
        req_body_type="json",
        body_type="json",
    )
    bundle = environ.get(variable("ca_bundle"))
    runtime = RuntimeOptions(
        ca=bundle if bundle and Path(bundle).is_file() else None,
        https_proxy=environ.get(variable("https_proxy")) or None,
        connect_timeout=_CONNECT_MS,
        read_timeout=_READ_MS,
    )
    return Client(config).call_api(params, OpenApiRequest(headers={}, query={}), runtime)
