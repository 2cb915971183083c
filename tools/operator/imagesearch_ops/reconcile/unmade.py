"""Delete entries that no key makes, with the operator's own key: nobody can announce what has no key."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from imagesearch_ops.audit.difference import Difference
from imagesearch_ops.instance import InstanceClient
from imagesearch_ops.key_finder import KeyFinder
from imagesearch_ops.progress import tracking
from imagesearch_ops.reconcile.outcomes import Action, Outcomes
from imagesearch_ops.run_folder import RunFolder

MOST_PER_SECOND = 20.0  # DeleteImage reference, "QPS limit"


@dataclass(slots=True)
class UnmadeEntries:
    """Delete them one by one. ``per_second`` also limits the queries: CheckImageExists counts as one."""

    client: InstanceClient
    finder: KeyFinder
    outcomes: Outcomes
    folder: RunFolder
    per_second: float
    _due: float = 0.0

    def delete(self, found: Iterable[Difference], total: int) -> None:
        """Delete what is still there and what still no key makes. Raise ``IngestError``."""
        with tracking("deleting", total=total) as tracker:
            for number, one in enumerate(found, 1):
                self._wait()
                self._delete(one, str(one.product_id), str(one.pic_name))
                tracker.update(number)

    def _delete(self, one: Difference, product_id: str, pic_name: str) -> None:
        if self.finder.find(product_id, pic_name) is not None:
            self.outcomes.add(Action.CHANGED, one, "a key makes this entry")
            return
        if self.client.find(product_id, pic_name) is None:
            self.outcomes.add(Action.CHANGED, one, "the entry is gone already")
            return
        self.folder.journal({"action": "delete_entry", "product_id": product_id, "pic_name": pic_name})
        self.client.delete(product_id, pic_name)
        self.outcomes.add(Action.DELETE_ENTRY, one)

    def _wait(self) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, self._due - now))
        self._due = max(now, self._due) + 1 / self.per_second


def choose_rate(queries_per_second: float, deletes_per_second: float) -> float:
    """Return how many entries a second may be checked and deleted."""
    return min(queries_per_second or 1.0, deletes_per_second, MOST_PER_SECOND)
