"""Read the way of a bucket's events to the queue: from OSS, EventBridge and SMQ."""

import warnings
from typing import Any

import alibabacloud_oss_v2 as oss

from imagesearch_ingest.adapters.alibaba.eventbridge import EventBridgeRules
from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import translate_errors
from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.model.codes import CREDENTIALS, CodeTable
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.watch.oss_rule import BridgeRule, OssRoute
from imagesearch_ingest.watch.ports import QueueAttributes

_BUCKET: CodeTable = {**OSS, "AccessDenied": CREDENTIALS, "403": CREDENTIALS}  # no object is read here


class AlibabaAnnouncements:
    """An ``OssAnnouncements`` over the client of OSS, the rules of EventBridge, and a queue of SMQ."""

    def __init__(self, client: oss.Client, rules: EventBridgeRules, queue: SmqQueue, route: OssRoute) -> None:
        self._client, self._rules, self._queue, self._route = client, rules, queue, route

    def has_bucket(self) -> bool:
        """Return whether the bucket exists."""
        bucket = self._route.wanted.bucket
        action = f"reading the bucket oss://{bucket}"
        try:
            with translate_errors(action, _BUCKET):
                answer = self._client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket))
        except IngestError as error:
            if error.service_code == "NoSuchBucket":
                return False
            raise
        if not answer.bucket_info or answer.bucket_info.name != bucket:
            raise UNREADABLE_RESPONSE.error(action)
        return True

    def rule(self) -> BridgeRule | None:
        """Return the rule with its targets, or ``None`` if it is gone."""
        return self._rules.read(self._route.rule, self._route.bus)

    def queue(self) -> QueueAttributes | None:
        """Return the attributes of the queue, or ``None`` if the queue is gone."""
        action = "reading the attributes of the queue"
        try:
            found = self._read_queue(action)
        except IngestError as error:
            if error.service_code == "QueueNotExist":
                return None
            raise
        try:
            return QueueAttributes(int(found.message_retention_period), int(found.visibility_timeout))
        except (TypeError, ValueError):
            raise UNREADABLE_RESPONSE.error(action) from None

    def _read_queue(self, action: str) -> Any:  # noqa: ANN401 - the SDK has no types
        with warnings.catch_warnings(), self._queue.call(action) as sdk:
            warnings.simplefilter("ignore", DeprecationWarning)  # the SDK says that the counts will go one day
            return sdk.get_attributes()
