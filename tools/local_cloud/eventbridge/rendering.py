"""Render responses, in the shapes of the SDK's models (alibabacloud_eventbridge20200401)."""

import uuid
from typing import Any

from local_cloud.eventbridge.errors import EventBridgeError
from local_cloud.eventbridge.models import Rule, Target
from local_cloud.server.wire import Response, json_response

Body = dict[str, Any]


def render(data: object = None) -> Response:
    """Return a successful response. Operations that change a rule answer without data."""
    body = {"RequestId": _new_request_id(), "Code": "Success", "Message": "", "Success": True}
    return json_response(200, body if data is None else body | {"Data": data})


def render_error(error: EventBridgeError, host: str = "") -> Response:
    body = {"RequestId": _new_request_id(), "Code": error.code, "Message": error.message, "HostId": host}
    return json_response(error.status, body, error.code)


def render_unsuccessful(code: str, message: str) -> Response:
    """Return a refusal with status 200, as Terraform's provider expects some."""
    body = {"RequestId": _new_request_id(), "Code": code, "Message": message, "Success": False}
    return json_response(200, body, code)


def describe_rule(rule: Rule, arn: str) -> Body:
    """Return the Data of GetRule."""
    return {
        "CreatedTimestamp": rule.created,
        "Description": rule.description,
        "EventBusName": rule.bus,
        "FilterPattern": rule.pattern,
        "RuleARN": arn,
        "RuleName": rule.name,
        "Status": rule.status,
        "Targets": [dict(target) for target in rule.targets],
    }


def describe_listed(rule: Rule, arn: str) -> Body:
    """Return a rule of ListRules, which names its targets alone."""
    targets = [{name: one[name] for name in ("Id", "Type", "Endpoint") if name in one} for one in rule.targets]
    return describe_rule(rule, arn) | {"Targets": targets}


def describe_target(rule: Rule, target: Target) -> Body:
    """Return a target of ListTargets."""
    return {"EventBusName": rule.bus, "RuleName": rule.name, **target}


def _new_request_id() -> str:
    return str(uuid.uuid4()).upper()
