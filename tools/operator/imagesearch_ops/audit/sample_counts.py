"""Count what a sample says, and conclude from it to all keys that the rule takes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ops.audit.difference import Symbol
from imagesearch_ops.plan.estimate import Share, estimate_share
from imagesearch_ops.plan.text import percent

_NAMES = {
    Symbol.SAME: "same",
    Symbol.MISSING: "missing",
    Symbol.REJECTED: "known_rejected",
    Symbol.WAITING: "waiting",
    Symbol.UNDECIDED: "errors",
}


@dataclass(slots=True)
class SampleCounts:
    """What is known so far. ``classes`` counts objects of the sample, ``listed`` and ``not_ours`` all objects.

    ``is_complete`` says that the index was asked about the whole sample. A part of it, in the order of keys, proves
    nothing about the rest.
    """

    listed: int = 0
    not_ours: int = 0
    sampled: int = 0
    is_complete: bool = False
    listing_complete: bool = False
    index_total: int | None = None
    classes: Counter[Symbol] = field(default_factory=Counter)

    @property
    def eligible(self) -> int:
        return self.listed - self.not_ours

    @property
    def share(self) -> Share:
        """Return the share of missing objects among those that the key rule takes."""
        if not self.is_complete:
            return Share()
        return estimate_share(self.classes[Symbol.MISSING], self.sampled - self.errors, self.eligible)

    @property
    def errors(self) -> int:
        return self.classes[Symbol.UNDECIDED]

    def public(self) -> dict[str, Any]:
        """Return the fields of the summary. A sample cannot know what is ``None``."""
        low = self.share.low
        return {
            "listed": self.listed,
            "not_ours": self.not_ours,
            "sampled": self.sampled,
            **{name: self.classes[symbol] for symbol, name in _NAMES.items()},
            "indexed": None,
            "orphaned": None,
            "foreign": None,
            "missing_share": self.share.to_json(),
            "listing_complete": self.listing_complete,
            "dump_complete": None,
            "index_total": self.index_total,
            "drift": None if low is None else low > 0,
        }


def describe_sample(counts: SampleCounts) -> list[str]:
    """Return sentences for a person."""
    share, population = counts.share, f"{counts.eligible:,}"
    if share.estimate is None or share.low is None or share.high is None:
        return ["The share of missing objects is unknown."]
    asked = f"The index was asked about {counts.sampled:,} of the {population} keys that the rule takes"
    if share.low == share.high:
        found = f"{percent(share.estimate)} are missing"
    else:
        about = f"{round(share.low * counts.eligible):,} to {round(share.high * counts.eligible):,}"
        interval = f"{percent(share.low)} to {percent(share.high)}"
        found = f"{percent(share.estimate)} are missing ({interval}: {about} objects, in 95 of 100 samples)"
    return [f"{asked}: {found}.", "A sample shows no orphaned and no foreign entries. Leave --sample out to see them."]
