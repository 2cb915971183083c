"""Call an operation of Alibaba Cloud for which no SDK is installed, through the SDKs' generic client."""

from collections.abc import Mapping
from typing import Any

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params

from imagesearch_ingest.adapters.image_search.api import runtime_options
from imagesearch_ingest.adapters.image_search.errors import API, translate_errors
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ops.doctor.patient import Patient

SMQ_VERSION, FC_VERSION = "2022-01-19", "2023-03-30"
IMS_VERSION, RAM_VERSION = "2019-08-15", "2015-05-01"


def call_rpc(patient: Patient, host: str, version: str, action: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the body of an operation in the style RPC. Raise ``IngestError``."""
    style = {"pathname": "/", "method": "POST", "style": "RPC", "req_body_type": "formData"}
    return _call(patient, host, Params(action=action, version=version, **style, **_COMMON), query)


def call_roa(patient: Patient, host: str, version: str, action: str, path: str) -> dict[str, Any]:
    """Return the body of a GET in the style ROA. Raise ``IngestError``."""
    style = {"pathname": f"/{version}{path}", "method": "GET", "style": "ROA", "req_body_type": "json"}
    return _call(patient, host, Params(action=action, version=version, **style, **_COMMON), {})


_COMMON = {"protocol": "HTTPS", "auth_type": "AK", "body_type": "json"}


def _call(patient: Patient, host: str, params: Params, query: Mapping[str, str]) -> dict[str, Any]:
    key = EnvironmentCredentials(patient.environ).get()
    config = Config(
        access_key_id=key.access_key_id,
        access_key_secret=key.access_key_secret,
        security_token=key.security_token,
        endpoint=host,
        protocol="HTTPS",
    )
    with translate_errors(f"{params.action} at {host}", API):
        answer = Client(config).call_api(
            params, OpenApiRequest(query=dict(query)), runtime_options(image_search_options(patient.settings))
        )
    body: dict[str, Any] = answer.get("body") or {}
    return body
