"""Remember how far a bulk import is, in ``run.json``. The files of the run hold no line beyond what it says."""

import time
from collections import Counter
from enum import StrEnum
from typing import Any

from imagesearch_ops.backfill.as_announced import LETTERS
from imagesearch_ops.run_folder import RunFolder

META, STAGED, OBJECTS, LEFT = "increment.meta", "staged.jsonl", "objects.jsonl", "left.jsonl"
_FILES = (META, STAGED, OBJECTS, LEFT, LETTERS)
_SECONDS = 1.0  # between two records


class Phase(StrEnum):
    """What is to be done next."""

    STAGE = "stage"
    META = "put_meta"
    TASK = "start_task"
    WAIT = "wait"
    FOLD = "fold"
    CHANGES = "changes"
    DONE = "done"


class State:
    """The state of a run. Lines behind the last record are dropped when a run goes on: they are written again."""

    def __init__(self, folder: RunFolder) -> None:
        known: dict[str, Any] = folder.about.get("bulk") or {}
        counts: dict[str, Any] = folder.about.get("counts") or {}
        self._folder = folder
        self.phase = Phase(known.get("phase", Phase.STAGE))
        self.last_key = str(folder.about.get("last_key") or "")
        self.count = int(folder.about.get("count") or 0)
        self.staging: str | None = known.get("staging")
        self.started: float | None = known.get("started")  # by the clock of OSS, in Unix seconds
        self.upload_id: str | None = known.get("upload_id")
        self.task: str | None = known.get("task")
        self.earlier_tasks: list[str] = known.get("earlier_tasks") or []
        self.is_limited = bool(known.get("is_limited"))
        self.sent = int(counts.get("sent", 0))
        self.failed_lines = int(counts.get("failed_lines", 0))
        self.unknown_lines = int(counts.get("unknown_lines", 0))
        self.announced = int(counts.get("announced", 0))
        self.skipped, self.rejected, self.left = (
            Counter(counts.get(f"{name}_by_reason") or {}) for name in ("skipped", "rejected", "left")
        )
        self._sizes: dict[str, int] = known.get("sizes") or {}
        self._due = 0.0

    @property
    def listed(self) -> int:
        return self.sent + self.skipped.total() + self.rejected.total() + self.left.total()

    @property
    def imported(self) -> int | None:
        """Return how many pictures Image Search has added, or ``None`` if that is not known yet."""
        is_known = self.phase in (Phase.CHANGES, Phase.DONE)
        return self.sent - self.failed_lines - self.unknown_lines if is_known else None

    def counts(self) -> dict[str, Any]:
        """Return the fields of the summary: ``listed = sent + skipped + rejected + left``."""
        sums = {"skipped": self.skipped, "rejected": self.rejected, "left": self.left}
        return {
            "listed": self.listed,
            "sent": self.sent,
            **{name: counter.total() for name, counter in sums.items()},
            **{f"{name}_by_reason": dict(counter.most_common()) for name, counter in sums.items()},
            "imported": self.imported,
            "failed_lines": self.failed_lines,
            "unknown_lines": self.unknown_lines,
            "announced": self.announced,
            "task": self.task,
        }

    def restore(self) -> None:
        """Cut the files of the run to what was recorded."""
        for name in _FILES:
            path = self._folder.path / name
            if path.exists():
                with path.open("r+b") as file:
                    file.truncate(self._sizes.get(name, 0))

    def save(self, phase: Phase | None = None) -> None:
        """Record everything."""
        self.phase = phase or self.phase
        self._sizes = {name: self._size(name) for name in _FILES}
        bulk = {
            "phase": self.phase,
            "staging": self.staging,
            "started": self.started,
            "upload_id": self.upload_id,
            "task": self.task,
            "earlier_tasks": self.earlier_tasks,
            "is_limited": self.is_limited,
            "sizes": self._sizes,
        }
        self._folder.save(last_key=self.last_key, count=self.count, counts=self.counts(), bulk=bulk)
        self._due = time.monotonic() + _SECONDS

    def save_if_due(self) -> None:
        """Record everything, unless that was done a moment ago."""
        if time.monotonic() >= self._due:
            self.save()

    def _size(self, name: str) -> int:
        path = self._folder.path / name
        return path.stat().st_size if path.exists() else 0
