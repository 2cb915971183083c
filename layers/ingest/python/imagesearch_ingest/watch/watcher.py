"""Look once at the instance and at the way of the bucket's events to the queue."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from imagesearch_ingest.image_search.codes import refuses_key
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock, Deadline
from imagesearch_ingest.pacing.retry import Budget, Retrier
from imagesearch_ingest.watch.findings import Finding, Kind
from imagesearch_ingest.watch.instance import judge_detail, judge_refusal
from imagesearch_ingest.watch.look import Look
from imagesearch_ingest.watch.ports import InstanceReader, Part, WatchedWay


@dataclass(frozen=True, slots=True)
class Watcher:
    """Looks at one deployment. A fault of one service leaves the rest of the look as it is."""

    instance_name: str
    adds_per_second: float
    way: WatchedWay
    instance: InstanceReader
    retry: Retrier
    clock: Clock

    def look(self, seconds: float) -> Look:
        """Return what is found within ``seconds`` seconds."""
        budget = Budget(Deadline.after(self.clock, seconds))
        found = self._look_at_instance(budget)
        findings = [one for part in self.way.parts() for one in self._see(part, budget)]
        kinds = {one.kind for one in findings}
        announcing = False if Kind.FAULT in kinds else None if Kind.UNSEEN in kinds else True
        return replace(found, announcing=announcing, findings=(*found.findings, *findings))

    def _look_at_instance(self, budget: Budget) -> Look:
        try:
            detail = self.retry(lambda: self.instance.detail(self.instance_name), budget)
        except IngestError as error:
            return judge_refusal(error)
        return judge_detail(detail, self.clock.now(), self.adds_per_second)

    def _see(self, part: Part, budget: Budget) -> Iterable[Finding]:
        """Return what a part of the look found, or why it could not be seen."""
        try:
            return list(part.judge(self.retry(part.read, budget)))
        except IngestError as error:
            is_refused = error.reason is Reason.CREDENTIALS and not refuses_key(error.service_code)
            to_do = f"Allow {part.permission} to the role of this function." if is_refused else error.reason.hint
            return [Finding(Kind.UNSEEN, error.detail, to_do)]
