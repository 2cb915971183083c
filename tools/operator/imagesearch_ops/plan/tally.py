"""Count the objects that were read, by what would become of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ops.picture_page import is_changed

WOULD_ADD, WOULD_REJECT, WOULD_SKIP, NOT_READ = "would_add", "would_reject", "would_skip", "not_read"


@dataclass(slots=True)
class Tally:
    """Counts of object lines. ``not_read`` are those whose reading failed: nothing is known of them."""

    would_add: int = 0
    changed: int = 0
    bytes_out: int = 0
    would_reject: Counter[str] = field(default_factory=Counter)
    would_skip: Counter[str] = field(default_factory=Counter)
    not_read: Counter[str] = field(default_factory=Counter)

    def add(self, line: Mapping[str, Any]) -> None:
        """Count one object."""
        outcome = line["outcome"]
        if outcome == WOULD_ADD:
            self.would_add += 1
            self.changed += is_changed(line["steps"])
            self.bytes_out += line["bytes_out"]
        else:
            counts = {WOULD_REJECT: self.would_reject, WOULD_SKIP: self.would_skip, NOT_READ: self.not_read}
            counts[outcome][line["reason"]] += 1

    @property
    def known(self) -> int:
        """Return how many objects are decided."""
        return self.would_add + self.would_reject.total() + self.would_skip.total()

    @property
    def sampled(self) -> int:
        return self.known + self.not_read.total()
