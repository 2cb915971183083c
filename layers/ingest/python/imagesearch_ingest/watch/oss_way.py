"""Look at the way of the events of a bucket of OSS: the bucket, a rule of EventBridge, and a queue of SMQ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imagesearch_ingest.watch.findings import Finding, Kind, fault
from imagesearch_ingest.watch.oss_rule import BridgeRule, OssRoute, judge_region, judge_rule, judge_targets, make_again
from imagesearch_ingest.watch.ports import OssAnnouncements, Part, QueueAttributes

# Seven days are SMQ's maximum: how long the function may be unable to start before uploads are lost. The function
# counts on them, too, when it writes the last dead letters. The second is six times the timeout of the function.
TEMPLATE_RETENTION, TEMPLATE_VISIBILITY = 7 * 24 * 3600, 720


@dataclass(frozen=True, slots=True)
class OssWay:
    """A ``WatchedWay`` on Alibaba Cloud."""

    route: OssRoute
    announcements: OssAnnouncements

    def parts(self) -> Sequence[Part]:
        """Return the parts of a look, each with the permission that it needs."""
        seen = self.announcements
        return (
            Part(seen.has_bucket, self._judge_bucket, "oss:GetBucketInfo"),
            Part(seen.rule, self._judge_rule, "eventbridge:GetRule"),
            Part(seen.queue, self._judge_queue, "mns:GetQueueAttributes"),
        )

    def _judge_bucket(self, exists: bool) -> Iterator[Finding]:  # noqa: FBT001 - an answer
        if not exists:
            bucket = self.route.wanted.bucket
            yield fault(f"there is no bucket {bucket}", "Create it again, or deploy with the name of another.")

    def _judge_rule(self, rule: BridgeRule | None) -> Iterator[Finding]:
        if rule is None:
            yield fault(f"there is no rule {self.route.rule} on the bus {self.route.bus}", make_again(self.route))
        else:
            found = (judge_rule(rule, self.route), judge_targets(rule, self.route), judge_region(self.route))
            yield from filter(None, found)

    def _judge_queue(self, found: QueueAttributes | None) -> Iterator[Finding]:
        name = self.route.queue_arn.rpartition("/")[2]
        if found is None:
            to_do = "Create it again as template.ros.yaml describes it (Queue)."
            yield fault(f"there is no queue {self.route.queue_arn}", to_do)
            return
        wanted = (
            ("MessageRetentionPeriod", "keeps messages", found.retention, TEMPLATE_RETENTION),
            ("VisibilityTimeout", "hides messages that are being read", found.visibility, TEMPLATE_VISIBILITY),
        )
        for attribute, what, seconds, needed in wanted:
            if seconds < needed:
                to_do = f"Set {attribute} of the queue to {needed} in the console of Simple Message Queue."
                yield Finding(Kind.REMARK, f"the queue {name} {what} for {seconds} s instead of {needed} s", to_do)
