"""Put OSS events into an SMQ queue by a rule of EventBridge, as the recommended stack does.

OSS publishes its events to the bus ``default`` of the region, each as a CloudEvent. Its ``data`` is the element that a
notification has in its list (EventBridge user guide, "OSS events"; DataWorks, "OSS trigger", sample event). A rule
matches them against its pattern, and sends those that match to its targets ("Event target parameters",
``acs.mns.queue``): ``queue`` names the queue, and ``Body`` is the message. It is in base64 if ``IsBase64Encode`` is
true. By default it is not: the service shows ``false`` for a rule that does not set it (Terraform's documentation of
``alicloud_event_bridge_rule``).

**Strict**: the properties are those of ``ALIYUN::EventBridge::Rule``. Unknown, wrong and missing ones are refused.

**Chosen here**, because the documents are silent:

- The key stands in ``subject`` as it is. The subject may be longer than the 512 characters that applications may use.
- An event that the queue refuses becomes a dead letter at once, in the form that the target has. Without a dead-letter
  queue it is lost, as after the last retry.
"""

import base64
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from local_cloud.oss.models import ACCOUNT
from local_cloud.smq import Message, Queue
from local_cloud.smq.errors import SmqError
from local_cloud.triggers.event_body import transform
from local_cloud.triggers.event_pattern import EventPattern

BUS, SOURCE, QUEUE_TARGET = "default", "acs.oss", "acs.mns.queue"
# User guide, "OSS events". Downloads, changes of metadata or storage class, and expired objects are not among them.
PUBLISHED = (
    "ObjectCreated:AppendObject",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectCreated:CopyObject",
    "ObjectCreated:InitiateMultipartUpload",
    "ObjectCreated:PostObject",
    "ObjectCreated:PutObject",
    "ObjectCreated:PutSymlink",
    "ObjectCreated:UploadPart",
    "ObjectCreated:UploadPartCopy",
    "ObjectRemoved:AbortMultipartUpload",
    "ObjectRemoved:DeleteObject",
    "ObjectRemoved:DeleteObjects",
    "ObjectReplication:ObjectCreated",
    "ObjectReplication:ObjectModified",
    "ObjectReplication:ObjectRemoved",
    "ObjectRestore:FinishRestore",
)
_RULE = {"EventBusName", "RuleName", "FilterPattern", "Targets"}
_TARGET = {"Id", "Type", "Endpoint", "ParamList"}
_PARAMETERS = {"queue", "Body", "IsBase64Encode"}
_RETRIES = {"BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"}
_MOST_TARGETS = 5


class RuleError(ValueError):
    """Properties with which the rule could not be created, or would not send."""


class EventBridgeRule:
    """A rule, made from the ``properties`` of ``ALIYUN::EventBridge::Rule`` with every reference resolved.

    ``find_queue`` returns a queue by its name, and raises ``KeyError`` if there is none. Raise ``RuleError`` and
    ``PatternError`` for properties that EventBridge would not accept.
    """

    def __init__(self, properties: Mapping[str, Any], find_queue: Callable[[str], Queue]) -> None:
        _check_names("the rule", properties, _RULE, {"Description", "Status"})
        if properties["EventBusName"] != BUS:
            raise RuleError(f"OSS publishes to the bus {BUS}, not to {properties['EventBusName']}")
        if (status := properties.get("Status", "ENABLE")) not in {"ENABLE", "DISABLE"}:
            raise RuleError(f"Status is {status!r}; it must be ENABLE or DISABLE")
        targets = properties["Targets"]
        if not 1 <= len(targets) <= _MOST_TARGETS or len({one.get("Id") for one in targets}) < len(targets):
            raise RuleError(f"a rule has one to {_MOST_TARGETS} targets, each with an Id of its own")
        self._is_enabled = status == "ENABLE"
        self._pattern = EventPattern(properties["FilterPattern"])
        self._targets = [_Target(one, find_queue) for one in targets]

    def notify(self, event: Mapping[str, Any]) -> Message | None:
        """Send an event of the bus to the targets. Return the last message that was sent, or ``None``."""
        if not self._is_enabled or not self._pattern.matches(event):
            return None
        return [target.send(event) for target in self._targets][-1]


class _Target:
    def __init__(self, properties: Mapping[str, Any], find_queue: Callable[[str], Queue]) -> None:
        optional = {"PushRetryStrategy", "ErrorsTolerance", "DeadLetterQueue", "ConcurrentConfig"}
        _check_names("the target", properties, _TARGET, optional)
        if properties["Type"] != QUEUE_TARGET:
            raise RuleError(f"the target's type is {properties['Type']!r}; a queue of SMQ has {QUEUE_TARGET}")
        if (retries := properties.get("PushRetryStrategy", "BACKOFF_RETRY")) not in _RETRIES:
            raise RuleError(f"PushRetryStrategy is {retries!r}; it must be {' or '.join(sorted(_RETRIES))}")
        self._find_queue = find_queue
        self._parameters = _read_parameters(properties["ParamList"])
        self._queue = self._parameters["queue"].get("Value", "")
        if properties["Endpoint"].partition(":queues/")[2] != self._queue:
            raise RuleError(f"the target's endpoint {properties['Endpoint']} is not that of the queue {self._queue}")
        dead_letters = (properties.get("DeadLetterQueue") or {}).get("Arn", "")
        self._dead_letters = dead_letters.rpartition("/queues/")[2]
        transform(self._parameters["Body"], {})  # refuses a wrong form at once

    def send(self, event: Mapping[str, Any]) -> Message | None:
        text = transform(self._parameters["Body"], event)
        is_encoded = self._parameters.get("IsBase64Encode", {}).get("Value") == "true"
        body = base64.b64encode(text.encode()).decode() if is_encoded else text
        for name in filter(None, (self._queue, self._dead_letters)):
            with suppress(KeyError, SmqError):  # the queue is gone, or the message too long
                return self._find_queue(name).send(body)
        return None


def to_bus_event(element: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the event that OSS publishes to the bus for an element of a notification, or ``None`` if it does not."""
    if element["eventName"] not in PUBLISHED:
        return None
    bucket, region = element["oss"]["bucket"]["name"], element["region"]
    return {
        "id": str(uuid.uuid4()),
        "source": SOURCE,
        "specversion": "1.0",
        "type": f"oss:{element['eventName']}",
        "datacontenttype": "application/json; charset=utf-8",
        "subject": f"acs:oss:{region}:{ACCOUNT}:{bucket}/{element['oss']['object']['key']}",
        "time": element["eventTime"],
        "aliyunaccountid": ACCOUNT,
        "aliyunpublishtime": element["eventTime"],
        "aliyunoriginalaccountid": ACCOUNT,
        "aliyuneventbusname": BUS,
        "aliyunregionid": region,
        "aliyunpublishaddr": "127.0.0.1",
        "data": dict(element),
    }


def _read_parameters(given: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    parameters = {one.get("ResourceKey", ""): one for one in given}
    _check_names("ParamList", parameters, {"queue", "Body"}, _PARAMETERS)
    for name, one in parameters.items():
        _check_names(f"the parameter {name}", one, {"ResourceKey", "Form", "Value"}, {"Template"})
    for name in parameters.keys() - {"Body"}:
        if parameters[name]["Form"] != "CONSTANT":
            raise RuleError(f"the parameter {name} must be a CONSTANT")
    if (encode := parameters.get("IsBase64Encode")) and encode["Value"] not in {"true", "false"}:
        raise RuleError(f"IsBase64Encode is {encode['Value']!r}; it must be the text true or false")
    return parameters


def _check_names(what: str, found: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    if missing := required - found.keys():
        raise RuleError(f"{what} lacks {', '.join(sorted(missing))}")
    if unknown := found.keys() - required - optional:
        raise RuleError(f"{what} has {', '.join(sorted(unknown))}, which EventBridge does not know")
