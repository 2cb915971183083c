"""Delete entries that no key makes, with the operator's own key: nobody can announce what has no key."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit.difference import Difference
from imagesearch_ops.buckets.looking import ObjectLooker
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
    looker: ObjectLooker
    settings: Settings
    outcomes: Outcomes
    folder: RunFolder
    per_second: float
    _due: float = 0.0
    _kept: int = 0
    _finder: KeyFinder = field(init=False)

    def __post_init__(self) -> None:
        self._finder = KeyFinder(self.settings)

    def delete(self, found: Iterable[Difference], total: int) -> None:
        """Delete what still no key makes and what has the name of no object. Raise ``IngestError``."""
        with tracking("deleting", total=total) as tracker:
            for number, one in enumerate(found, 1):
                self._wait()
                self._delete(one, str(one.product_id), str(one.pic_name))
                tracker.update(number)
        if self._kept:
            told = f"{self._kept} have the name of an object that this rule leaves out. See their lines."
            self.outcomes.withhold("Some deletions with --delete-unmade", told)

    def _delete(self, one: Difference, product_id: str, pic_name: str) -> None:
        if self._finder.find(product_id, pic_name) is not None:
            self.outcomes.add(Action.CHANGED, one, "a key makes this entry")
            return
        if why := self._find_object(pic_name):
            self._kept += 1
            self.outcomes.add(Action.WITHHELD, one, why)
            return
        if self.client.find(product_id, pic_name) is None:
            self.outcomes.add(Action.CHANGED, one, "the entry is gone already")
            return
        self.folder.journal({"action": "delete_entry", "product_id": product_id, "pic_name": pic_name})
        self.client.delete(product_id, pic_name)
        self.outcomes.add(Action.DELETE_ENTRY, one)

    def _find_object(self, pic_name: str) -> str | None:
        """Return why an object may have this entry under the function's rule, which may be another than this one.

        Most rules take the whole key as PicName. If this rule takes such a key, too, then its entry is another one.
        """
        rule = self.settings.identity_rule()
        for key in {pic_name, rule.prefix + pic_name}:
            with suppress(IngestError):
                rule.identify(key)
                continue
            found = self.looker(key)
            if found.is_there is None:
                return f"the bucket does not say whether an object has this name: {found.why}"
            if found.is_there:
                return "the bucket has an object of this name, which this rule leaves out: is it the function's rule?"
        return None

    def _wait(self) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, self._due - now))
        self._due = max(now, self._due) + 1 / self.per_second


def choose_rate(queries_per_second: float, deletes_per_second: float) -> float:
    """Return how many entries a second may be checked and deleted."""
    return min(queries_per_second or 1.0, deletes_per_second, MOST_PER_SECOND)
