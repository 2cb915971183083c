"""Look once at the instance and at the way of the bucket's events to the queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock, Deadline
from imagesearch_ingest.pacing.retry import Budget, Retrier
from imagesearch_ingest.watch.findings import Finding, Kind, aws_command, fault
from imagesearch_ingest.watch.instance import judge_detail, judge_refusal
from imagesearch_ingest.watch.look import Look
from imagesearch_ingest.watch.ports import Announcements, InstanceReader
from imagesearch_ingest.watch.queue_policy import may_send
from imagesearch_ingest.watch.rule import Way, judge_rule, judge_targets, make_again


@dataclass(frozen=True, slots=True)
class Watcher:
    """Looks at one deployment. A fault of one service leaves the rest of the look as it is."""

    instance_name: str
    adds_per_second: float
    way: Way
    instance: InstanceReader
    announcements: Announcements
    retry: Retrier
    clock: Clock

    def look(self, seconds: float) -> Look:
        """Return what is found within ``seconds`` seconds."""
        budget = Budget(Deadline.after(self.clock, seconds))
        found = self._look_at_instance(budget)
        parts = (
            (self._look_at_bucket, "s3:GetBucketNotification"),
            (self._look_at_rule, "events:DescribeRule"),
            (self._look_at_targets, "events:ListTargetsByRule"),
            (self._look_at_queue, "sqs:GetQueueAttributes"),
        )
        findings = [one for look, action in parts for one in _see(look, action, budget)]
        kinds = {one.kind for one in findings}
        announcing = False if Kind.FAULT in kinds else None if Kind.UNSEEN in kinds else True
        return replace(found, announcing=announcing, findings=(*found.findings, *findings))

    def _look_at_instance(self, budget: Budget) -> Look:
        try:
            detail = self.retry(lambda: self.instance.detail(self.instance_name), budget)
        except IngestError as error:
            return judge_refusal(error)
        return judge_detail(detail, self.clock.now(), self.adds_per_second)

    def _look_at_bucket(self, budget: Budget) -> Iterator[Finding]:
        bucket, found = self.way.wanted.bucket, self.retry(self.announcements.notifications, budget)
        if found is None:
            yield fault(f"there is no bucket {bucket}", "Create it again, or deploy with the name of another.")
        elif "EventBridgeConfiguration" not in found:
            given = {"bucket": bucket, "notification_configuration": {**found, "EventBridgeConfiguration": {}}}
            put = aws_command("s3api", "put-bucket-notification-configuration", **given)
            yield fault(f"the bucket {bucket} does not announce to EventBridge", put)

    def _look_at_rule(self, budget: Budget) -> Iterator[Finding]:
        rule = self.retry(self.announcements.rule, budget)
        if rule is None:
            yield fault(f"there is no rule {self.way.rule}", make_again(self.way))
        elif finding := judge_rule(rule, self.way.wanted):
            yield finding

    def _look_at_targets(self, budget: Budget) -> Iterator[Finding]:
        targets = self.retry(self.announcements.targets, budget)
        if targets is not None and (finding := judge_targets(targets, self.way)):
            yield finding

    def _look_at_queue(self, budget: Budget) -> Iterator[Finding]:
        queue, rule = self.way.queue_arn, self.way.rule_arn
        policy = self.retry(self.announcements.queue_policy, budget)
        if policy is None:
            yield fault(f"there is no queue {queue}", "Create it again as template.yaml describes it (Queue).")
        elif not may_send(policy, queue_arn=queue, rule_arn=rule):
            to_do = f"Allow sqs:SendMessage on {queue} to events.amazonaws.com, with aws:SourceArn {rule}."
            yield fault("the policy of the queue does not let the rule send", to_do)


def _see(look: Callable[[Budget], Iterator[Finding]], action: str, budget: Budget) -> list[Finding]:
    """Return what a part of the look found, or why it could not be seen."""
    try:
        return list(look(budget))
    except IngestError as error:
        is_refused = error.reason is Reason.CREDENTIALS
        to_do = f"Allow {action} to the role of this function." if is_refused else error.reason.hint
        return [Finding(Kind.UNSEEN, error.detail, to_do)]
