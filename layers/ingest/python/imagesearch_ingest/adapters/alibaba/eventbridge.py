"""Read a rule of EventBridge: API 2020-04-01, GetRule.

The answer has the rule's targets, too (GetRule reference, "Targets"). A refusal comes with a status of its own or with
status 200 and a code in the body: Alibaba Cloud's own Terraform provider expects both.
"""

import json
from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.adapters.alibaba.eventbridge_codes import EVENTBRIDGE, GONE, NOT_ACTIVATED
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE, call_with_advice
from imagesearch_ingest.adapters.image_search.errors import RequestKind, translate_errors
from imagesearch_ingest.adapters.image_search.sdk import Config, OpenApiClient, OpenApiRequest, Params, RuntimeOptions
from imagesearch_ingest.adapters.misconfiguration import ConnectionSettings
from imagesearch_ingest.credentials import CredentialSource
from imagesearch_ingest.model.codes import map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.watch.oss_rule import BUS, BridgeRule

_ADVICE = {NOT_ACTIVATED: "Activate EventBridge for this account in its console"}
_KIND = RequestKind(
    EVENTBRIDGE,
    ConnectionSettings(host="FC_REGION", certificates="INGEST_CA_BUNDLE", proxy="INGEST_HTTPS_PROXY"),
)
_CALL = Params(
    action="GetRule",
    version="2020-04-01",
    protocol="HTTPS",
    pathname="/",
    method="POST",
    auth_type="AK",
    style="RPC",
    req_body_type="formData",
    body_type="json",
)


def endpoint_of(region: str) -> str:
    """Return the public host of EventBridge's control API ("Service endpoints", eventbridge-console)."""
    return f"eventbridge-console.{region}.aliyuncs.com"


class EventBridgeRules:
    """Read rules of one region. Each call reads the credentials again. ``runtime`` holds timeouts, proxy and CAs."""

    def __init__(self, region: str, credentials: CredentialSource, runtime: RuntimeOptions) -> None:
        self._endpoint = endpoint_of(region)
        self._credentials = credentials
        self._runtime = runtime

    def read(self, name: str, bus: str = BUS) -> BridgeRule | None:
        """Return a rule, or ``None`` if it is gone, or its bus is. Raise ``IngestError``."""
        action = f"reading the rule {name}"
        try:
            body = call_with_advice(lambda: self._get(action, name, bus), _ADVICE.get)
        except IngestError as error:
            if error.service_code in GONE:
                return None
            raise
        return _read_rule(action, body)

    def _get(self, action: str, name: str, bus: str) -> Mapping[str, Any]:
        key = self._credentials.get()
        config = Config(
            access_key_id=key.access_key_id,
            access_key_secret=key.access_key_secret,
            security_token=key.security_token,
            endpoint=self._endpoint,
            protocol="HTTPS",
        )
        request = OpenApiRequest(query={"EventBusName": bus, "RuleName": name})
        with translate_errors(action, _KIND):
            body: Mapping[str, Any] = OpenApiClient(config).call_api(_CALL, request, self._runtime)["body"]
        if not isinstance(body, Mapping):
            raise UNREADABLE_RESPONSE.error(action)
        code = body.get("Code")
        if isinstance(code, str) and code != "Success":
            raise map_code(EVENTBRIDGE, code, f"{action} failed: {code}", body.get("RequestId"))
        return body


def _read_rule(action: str, body: Mapping[str, Any]) -> BridgeRule:
    """Return the rule of an answer. Raise ``SERVICE_UNAVAILABLE`` for an answer that is not as documented."""
    try:
        data = body["Data"]
        pattern = json.loads(data["FilterPattern"])
        rule = BridgeRule(str(data["RuleName"]), data["Status"] == "ENABLE", pattern, data.get("Targets") or [])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UNREADABLE_RESPONSE.error(action) from None
    if not isinstance(pattern, dict) or not _are_targets(rule.targets):
        raise UNREADABLE_RESPONSE.error(action)
    return rule


def _are_targets(found: Any) -> bool:  # noqa: ANN401 - any JSON
    return _are_objects(found) and all(_are_objects(one.get("ParamList") or []) for one in found)


def _are_objects(found: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(found, list) and all(isinstance(one, Mapping) for one in found)
