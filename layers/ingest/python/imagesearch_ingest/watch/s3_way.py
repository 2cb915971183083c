"""Look at the way of the events of a bucket of S3: the bucket, a rule of EventBridge, and a queue of SQS."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.watch.findings import Finding, aws_command, fault
from imagesearch_ingest.watch.ports import Announcements, Part
from imagesearch_ingest.watch.queue_policy import may_send
from imagesearch_ingest.watch.rule import Way, judge_rule, judge_targets, make_again


@dataclass(frozen=True, slots=True)
class S3Way:
    """A ``WatchedWay`` on AWS."""

    way: Way
    announcements: Announcements

    def parts(self) -> Sequence[Part]:
        """Return the parts of a look, each with the permission that it needs."""
        seen = self.announcements
        return (
            Part(seen.notifications, self._judge_bucket, "s3:GetBucketNotification"),
            Part(seen.rule, self._judge_rule, "events:DescribeRule"),
            Part(seen.targets, self._judge_targets, "events:ListTargetsByRule"),
            Part(seen.queue_policy, self._judge_queue, "sqs:GetQueueAttributes"),
        )

    def _judge_bucket(self, found: Mapping[str, Any] | None) -> Iterator[Finding]:
        bucket = self.way.wanted.bucket
        if found is None:
            yield fault(f"there is no bucket {bucket}", "Create it again, or deploy with the name of another.")
        elif "EventBridgeConfiguration" not in found:
            given = {"bucket": bucket, "notification_configuration": {**found, "EventBridgeConfiguration": {}}}
            put = aws_command("s3api", "put-bucket-notification-configuration", **given)
            yield fault(f"the bucket {bucket} does not announce to EventBridge", put)

    def _judge_rule(self, rule: Mapping[str, Any] | None) -> Iterator[Finding]:
        if rule is None:
            yield fault(f"there is no rule {self.way.rule}", make_again(self.way))
        elif finding := judge_rule(rule, self.way.wanted):
            yield finding

    def _judge_targets(self, targets: Sequence[Mapping[str, Any]] | None) -> Iterator[Finding]:
        if targets is not None and (finding := judge_targets(targets, self.way)):
            yield finding

    def _judge_queue(self, policy: Mapping[str, Any] | None) -> Iterator[Finding]:
        queue, rule = self.way.queue_arn, self.way.rule_arn
        if policy is None:
            yield fault(f"there is no queue {queue}", "Create it again as template.yaml describes it (Queue).")
        elif not may_send(policy, queue_arn=queue, rule_arn=rule):
            to_do = f"Allow sqs:SendMessage on {queue} to events.amazonaws.com, with aws:SourceArn {rule}."
            yield fault("the policy of the queue does not let the rule send", to_do)
