"""Read the way of a bucket's events to the queue: from S3, EventBridge and SQS."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from imagesearch_ingest.adapters.aws.codes import EVENTS, S3, SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.model.codes import CREDENTIALS, CodeTable
from imagesearch_ingest.model.errors import IngestError

_REFUSED: CodeTable = {"AccessDenied": CREDENTIALS, "403": CREDENTIALS}  # the second is a refusal without a body
_BUCKET: CodeTable = {**S3, **_REFUSED}  # no object is read here
_QUEUE: CodeTable = {**SQS, **_REFUSED}
_RULE: CodeTable = {**EVENTS, **_REFUSED}
_GONE = frozenset(
    {
        "NoSuchBucket",
        "ResourceNotFoundException",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
    }
)
_KINDS = ("QueueConfigurations", "TopicConfigurations", "LambdaFunctionConfigurations", "EventBridgeConfiguration")


class AwsAnnouncements:
    """An ``Announcements`` over botocore's clients for S3, EventBridge and SQS."""

    def __init__(self, s3: Any, events: Any, sqs: Any, *, bucket: str, rule: str, queue_url: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._s3, self._events, self._sqs = s3, events, sqs
        self._bucket, self._rule, self._queue_url = bucket, rule, queue_url

    def notifications(self) -> Mapping[str, Any] | None:
        """Return the notification configuration of the bucket, or ``None`` if the bucket is gone."""
        read = self._s3.get_bucket_notification_configuration
        found = _read(f"reading the notifications of s3://{self._bucket}", _BUCKET, read, Bucket=self._bucket)
        # A configuration without entries is empty, as is what botocore makes of a page that is not from S3.
        if found is not None and not found.get("ResponseMetadata", {}).get("RequestId"):
            raise UNREADABLE_RESPONSE.error(f"reading the notifications of s3://{self._bucket}")
        return None if found is None else {kind: found[kind] for kind in _KINDS if kind in found}

    def rule(self) -> Mapping[str, Any] | None:
        """Return the rule, or ``None`` if it is gone."""
        action = f"reading the rule {self._rule}"
        found = _read(action, _RULE, self._events.describe_rule, Name=self._rule)
        rule: dict[str, Any] | None = _require("Name", action, found)
        return rule

    def targets(self) -> Sequence[Mapping[str, Any]] | None:
        """Return the targets of the rule, of which there are five at most, or ``None`` if the rule is gone."""
        action = f"reading the targets of the rule {self._rule}"
        found = _read(action, _RULE, self._events.list_targets_by_rule, Rule=self._rule)
        targets: list[dict[str, Any]] | None = _require("Targets", action, found) and found["Targets"]
        return targets

    def queue_policy(self) -> Mapping[str, Any] | None:
        """Return the policy of the queue, or ``None`` if the queue is gone."""
        action = f"reading the policy of {self._queue_url}"
        given = {"QueueUrl": self._queue_url, "AttributeNames": ["Policy", "QueueArn"]}
        found = _require("Attributes", action, _read(action, _QUEUE, self._sqs.get_queue_attributes, **given))
        policy: dict[str, Any] | None = found and json.loads(found["Attributes"].get("Policy") or "{}")
        return policy


def _read(action: str, codes: CodeTable, call: Callable[..., Any], **given: Any) -> Any:  # noqa: ANN401 - answers of many kinds
    """Return an answer, or ``None`` if what it is about is gone."""
    try:
        with translate_errors(action, codes):
            return call(**given)
    except IngestError as error:
        if error.service_code in _GONE:
            return None
        raise


def _require(field: str, action: str, found: Any) -> Any:  # noqa: ANN401 - as above
    """Return an answer. If botocore cannot read a body, such as a proxy's page, the answer has no fields."""
    if found is not None and field not in found:
        raise UNREADABLE_RESPONSE.error(action)
    return found
