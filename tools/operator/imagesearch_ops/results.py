"""Read what became of each object from the function's log, and count it."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from imagesearch_ingest.model.reasons import FaultClass, Result


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """One outcome line of the function's log."""

    key: str | None
    outcome: str
    reason: str | None
    product_id: str | None
    pic_name: str | None
    ms: int
    fault_class: str | None = None
    detail: str | None = None
    dead_lettered: bool = False
    steps: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Return whether waiting longer changes nothing. A systemic fault, for example, waits for an operator."""
        return self.outcome != Result.FAILED or self.dead_lettered or self.fault_class == FaultClass.SYSTEMIC

    def public(self) -> dict[str, object]:
        """Return the fields of the commands' JSON output (design, section 8)."""
        return {
            "key": self.key,
            "outcome": self.outcome,
            "reason": self.reason,
            "detail": self.detail,
            "steps": self.steps,
            "product_id": self.product_id,
            "pic_name": self.pic_name,
            "ms": self.ms,
        }


def parse_log_line(line: str) -> ObjectResult | None:
    """Return the outcome that the line reports, or ``None`` for metrics and other lines."""
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("message") != "object":
        return None
    return ObjectResult(
        key=fields.get("key"),
        outcome=fields["outcome"],
        reason=fields.get("reason"),
        product_id=fields.get("product_id"),
        pic_name=fields.get("pic_name"),
        ms=fields["ms"],
        fault_class=fields.get("fault_class"),
        detail=fields.get("detail"),
        dead_lettered=fields["dead_lettered"],
        steps=tuple(fields.get("steps", ())),
    )


def count_outcomes(results: Iterable[ObjectResult]) -> dict[str, int]:
    """Return the counts by outcome. ``seen`` is the sum of all outcomes; each object counts once."""
    counts = Counter(result.outcome for result in results)
    return {"seen": counts.total(), **{result: counts[result] for result in Result}}


def summarize(results: Iterable[ObjectResult], *, dead_lettered: int, in_index: int) -> dict[str, int]:
    """Return the counts by outcome, and what dead-letter queue and index hold."""
    return count_outcomes(results) | {"dead_lettered": dead_lettered, "in_index": in_index}
