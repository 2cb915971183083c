"""Count how many objects ended in which way, and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ingest.model.reasons import Result
from imagesearch_ops.plan.census import sort_counts

_WITH_REASONS = (Result.SKIPPED, Result.REJECTED, Result.FAILED)


@dataclass(slots=True)
class Counts:
    """Counts of settled objects. Each has exactly one outcome."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)  # by outcome

    def add(self, outcome: str, reason: str | None, times: int = 1) -> None:
        """Count objects with the same outcome and reason."""
        self.outcomes[outcome] += times
        if reason is not None and outcome in _WITH_REASONS:
            self.reasons.setdefault(outcome, Counter())[reason] += times

    @property
    def seen(self) -> int:
        return self.outcomes.total()

    def to_json(self) -> dict[str, Any]:
        """Return the counts. ``sent`` are the objects that were not skipped."""
        skipped = self.outcomes[Result.SKIPPED]
        return {
            "listed": self.seen,
            "sent": self.seen - skipped,
            **{str(result): self.outcomes[result] for result in Result},
            **{f"{result}_by_reason": sort_counts(self.reasons.get(result, {})) for result in _WITH_REASONS},
        }

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> "Counts":
        """Return the counts that ``to_json`` gave; none for an empty mapping."""
        outcomes = Counter({str(result): int(known[result]) for result in Result if known.get(result)})
        reasons = {str(result): Counter(known.get(f"{result}_by_reason", {})) for result in _WITH_REASONS}
        return cls(outcomes, reasons)
