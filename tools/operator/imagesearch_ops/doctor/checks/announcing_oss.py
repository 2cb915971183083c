"""Check how a bucket of OSS announces its changes to the queue: by a rule of EventBridge, or by a rule of SMQ.

The recommended stack has a rule of EventBridge. A rule of SMQ is OSS's own event notification. One of them is enough.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from imagesearch_ingest.adapters.alibaba.eventbridge import EventBridgeRules, endpoint_of
from imagesearch_ingest.adapters.alibaba.eventbridge_codes import EVENTBRIDGE
from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.adapters.image_search.api import runtime_options
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.model.codes import map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.watch.findings import Kind
from imagesearch_ingest.watch.oss_pattern import Exactly, judge_fields
from imagesearch_ingest.watch.oss_rule import (
    BUS,
    QUEUE_TYPE,
    SOURCE,
    BridgeRule,
    OssRoute,
    OssWanted,
    judge_region,
    judge_rule,
    judge_targets,
    make_again,
)
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.openapi import SMQ_VERSION, call_rpc
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.doctor.refusals import is_permission, judge

CREATED = ("PutObject", "PostObject", "CopyObject", "AppendObject", "CompleteMultipartUpload")
REMOVED = ("DeleteObject", "DeleteObjects")
_EVENTBRIDGE_VERSION = "2020-04-01"
_RULES_OF_A_PAGE = "100"  # the most; a bus has up to 50 rules (EventBridge, "Limits")
_RULE_ARN = re.compile(r"acs:eventbridge:(?P<region>[^:]+):(?P<account>\d+):.*")
_CREATE_RULE = "Update the stack of docs/deploy-alibaba.md, or make the rule anew in the console of SMQ."
_UPDATE_STACK = "Update the stack: the resource UploadRule of template.ros.yaml announces."


def check_announces(patient: Patient) -> Finding:
    """Ask EventBridge, then SMQ. What one of them cannot tell makes nothing broken."""
    if not patient.queue_url:
        raise CannotSeeError("INGEST_QUEUE_URL is not set: look at the OSS trigger of the function")
    found: list[Finding | None] = []
    for ask, action in ((_ask_eventbridge, "eventbridge:ListRules"), (_ask_smq, "mns:ListEventRules")):
        try:
            finding = ask(patient)
        except IngestError as error:
            finding = _explain(patient, error, action)
        if finding and finding.ok:
            return finding
        found.append(finding)
    seen = sorted((one for one in found if one), key=lambda one: one.ok is None)
    if not seen:
        detail = f"no rule of EventBridge or SMQ sends the events of {patient.require('bucket')} to {_queue(patient)}"
        return broken(detail, _make_again(patient))
    if seen[0].ok is None:
        missing = "" if all(found) else f"no rule of {'SMQ' if found[0] else 'EventBridge'} announces, and "
        return unknown(missing + seen[0].detail.removeprefix("unknown: "), seen[0].fix)
    return seen[0]


def _explain(patient: Patient, error: IngestError, action: str) -> Finding:
    """Return that the rules cannot be seen. Raise the error if it is about more than this."""
    if is_permission(error):
        return judge(error, action, patient.name_caller(action))
    if error.reason is Reason.SETTINGS_REFUSED and error.service_code is None:
        return unknown(f"the rules cannot be read: {error.detail}")
    raise error


def _ask_eventbridge(patient: Patient) -> Finding | None:
    judged = [_judge(patient, rule, account) for rule, account in find_rules(patient)]
    return min(judged, key=lambda one: (not one.ok, one.ok is not None), default=None)


def find_rules(patient: Patient) -> list[tuple[BridgeRule, str]]:
    """Return the rules of the bus ``default`` that send to the queue, each with its account. Raise ``IngestError``."""
    return patient.ask("rules of EventBridge", lambda: list(_read_rules(patient)))


def _read_rules(patient: Patient) -> Iterator[tuple[BridgeRule, str]]:
    region, queue = patient.environ.get("FC_REGION", ""), _queue(patient)
    query = {"EventBusName": BUS, "Limit": _RULES_OF_A_PAGE}
    body = call_rpc(patient, endpoint_of(region), _EVENTBRIDGE_VERSION, "ListRules", query)
    if (code := body.get("Code")) not in (None, "Success"):
        raise map_code(EVENTBRIDGE, str(code), f"reading the rules of EventBridge failed: {code}", None)
    runtime = runtime_options(image_search_options(patient.settings))
    reader = EventBridgeRules(region, EnvironmentCredentials(patient.environ), runtime)
    for listed in (body.get("Data") or {}).get("Rules") or ():
        arn = _RULE_ARN.fullmatch(str(listed.get("RuleARN")))
        if arn and any(_sends_to_queue(one, queue) for one in listed.get("Targets") or ()):
            rule = reader.read(str(listed.get("RuleName")))
            if rule:
                yield rule, arn["account"]


def _sends_to_queue(target: Mapping[str, Any], queue: str) -> bool:
    return target.get("Type") == QUEUE_TYPE and str(target.get("Endpoint")).rpartition("queues/")[2] == queue


def _judge(patient: Patient, rule: BridgeRule, account: str) -> Finding:
    """Judge a rule as the function that watches the deployment does."""
    route = _route(patient, rule.name, account, rule.pattern)
    found = judge_rule(rule, route) or judge_targets(rule, route) or judge_region(route)
    if found is None:
        return fine(f"the rule {rule.name} of EventBridge sends to {_queue(patient)}")
    return broken(found.detail, found.to_do) if found.kind is Kind.FAULT else unknown(found.detail, found.to_do)


def _route(patient: Patient, rule: str, account: str, pattern: Mapping[str, Any]) -> OssRoute:
    region, queue = patient.environ.get("FC_REGION", ""), _queue(patient)
    removals = patient.settings.on_removed == "delete"
    wanted = OssWanted(str(patient.require("bucket")), region, account, takes_removals=removals)
    prefixes = tuple(_find_prefixes(pattern, wanted)) or wanted.prefixes
    wanted = OssWanted(wanted.bucket, region, account, prefixes, removals)
    return OssRoute(wanted, BUS, rule, f"acs:mns:{region}:{account}:queues/{queue}")


def _find_prefixes(pattern: Mapping[str, Any], wanted: OssWanted) -> Iterator[str]:
    """Yield the prefixes of the keys that a rule was made for. Which ones is its owner's choice."""
    root, conditions = wanted.bucket_subject, pattern.get("subject")
    for one in conditions if isinstance(conditions, list) else ():
        prefix = one.get("prefix") if isinstance(one, Mapping) else None
        if isinstance(prefix, str) and prefix.startswith(root):
            yield prefix.removeprefix(root)


def find_unannounced(patient: Patient, keys: Iterable[str]) -> list[str]:
    """Return the keys that no rule of EventBridge sends; none without such a rule, or if rules cannot be seen."""
    try:
        rules = find_rules(patient)
    except IngestError:
        return []
    return [key for key in keys if rules and not any(_sends(rule, _upload(patient, key, to)) for rule, to in rules)]


def _sends(rule: BridgeRule, event: Mapping[str, Any]) -> bool:
    return all(answer is not False for _, answer in judge_fields(rule.pattern, event))


def _upload(patient: Patient, key: str, account: str) -> Mapping[str, Any]:
    wanted = OssWanted(str(patient.require("bucket")), patient.environ.get("FC_REGION", ""), account)
    stored = {"bucket": {"name": Exactly(wanted.bucket)}, "object": {"key": Exactly(key)}}
    subject = Exactly(f"{wanted.bucket_subject}{key}")
    return {"source": Exactly(SOURCE), "subject": subject, "data": {"oss": stored}}


def _ask_smq(patient: Patient) -> Finding | None:
    region, name, queue = patient.environ.get("FC_REGION", ""), str(patient.require("bucket")), _queue(patient)
    query = {"ProductName": "oss", "ResourceName": name, "PageSize": "50"}
    body = call_rpc(patient, f"mns-open.{region}.aliyuncs.com", SMQ_VERSION, "ListEventRules", query)
    rules = [rule for rule in (body.get("Data") or {}).get("PageData") or () if _sends_to(rule, queue)]
    if not rules:
        return None
    given = {event.removeprefix("oss:") for rule in rules for event in rule.get("EventTypes") or ()}
    wanted = [f"ObjectCreated:{how}" for how in CREATED]
    wanted += [] if patient.settings.on_removed == "keep" else [f"ObjectRemoved:{how}" for how in REMOVED]
    missing = [event for event in wanted if event not in given and f"{event.partition(':')[0]}:All" not in given]
    if missing:
        return broken(f"the rule does not announce {', '.join(missing)}", _CREATE_RULE)
    return fine(f"the rule {rules[0].get('RuleName')} of SMQ sends to {queue}")


def _sends_to(rule: dict[str, Any], queue: str) -> bool:
    ends = [rule.get("Endpoint") or {}, *(rule.get("Subscriptions") or ())]
    return any(end.get("EndpointType") == "queue" and end.get("EndpointValue") == queue for end in ends)


def _queue(patient: Patient) -> str:
    return SmqAddress.parse(str(patient.queue_url).rstrip("/")).name


def _make_again(patient: Patient) -> str:
    """Return the command that makes the stack's rule again, if the account and the stack are known."""
    account = (urlsplit(str(patient.queue_url)).hostname or "").partition(".")[0]
    stack = patient.environ.get("INGEST_STACK_NAME")
    if not account.isdecimal() or not stack or len(account) < len("1234567890123456"):
        return _UPDATE_STACK
    return f"{make_again(_route(patient, stack, account, {}))}  # of all keys; or update the stack of template.ros.yaml"
