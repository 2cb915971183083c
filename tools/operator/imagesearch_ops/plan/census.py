"""Count what a listing shows."""

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import Refusal

MOST_EXAMPLES = 40  # keys of a reason that the page shows


@dataclass(slots=True)
class Census:
    """What is counted so far. ``archived`` objects are among the eligible ones."""

    listed: int = 0
    listed_bytes: int = 0
    eligible: int = 0
    archived: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected_by_key: Counter[str] = field(default_factory=Counter)
    storage_classes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # key and detail, by reason

    def add(self, listed: ListedObject, verdict: ImageIdentity | Refusal) -> None:
        """Count one object."""
        self.listed += 1
        self.listed_bytes += listed.size
        self.storage_classes[listed.storage_class] += 1
        if isinstance(verdict, ImageIdentity):
            self.eligible += 1
            self.archived += listed.is_archived
            return
        code = verdict.reason.code
        (self.skipped if verdict.is_skipped else self.rejected_by_key)[code] += 1
        examples = self.examples.setdefault(code, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append((listed.key, verdict.detail))

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON can hold them. They stay as they are while the census goes on."""
        return {name: copy.deepcopy(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> "Census":
        """Return the counts that ``to_json`` gave."""
        counters = {name: Counter(known[name]) for name in ("skipped", "rejected_by_key", "storage_classes")}
        examples = {code: [(key, detail) for key, detail in found] for code, found in known["examples"].items()}
        return cls(**{**known, **counters, "examples": examples})


def sort_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts, the largest first."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
