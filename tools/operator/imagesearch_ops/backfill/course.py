"""Follow the objects of a source: what is to be announced next, and up to where everything is settled.

The state moves only when all objects up to a key are settled, and moves at once: so sent + skipped = listed holds
whenever a run is stopped, and it goes on behind ``last_key`` without losing an object.
"""

import os
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from typing import Any, NamedTuple

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge, Refusal
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder

_OBJECTS = "objects.jsonl"
_SECONDS = 1.0  # between two records
_MOST_HELD = 1000  # refused objects behind one that is not accepted yet


class Settled(NamedTuple):
    """What became of all objects up to ``last_key``. ``examples`` has one refused key by reason."""

    last_key: str = ""
    sent: int = 0
    skipped: Mapping[str, int] = {}
    examples: Mapping[str, str] = {}

    @property
    def listed(self) -> int:
        return self.sent + sum(self.skipped.values())

    def after(self, key: str, refusal: Refusal | None) -> "Settled":
        """Return the state with one more object."""
        if refusal is None:
            return self._replace(last_key=key, sent=self.sent + 1)
        code = refusal.reason.code
        examples = self.examples if code in self.examples else {**self.examples, code: key}
        return Settled(key, self.sent, {**self.skipped, code: self.skipped.get(code, 0) + 1}, examples)

    def counts(self) -> dict[str, Any]:
        """Return the counts for a summary, the most frequent reason first."""
        by_reason = dict(sorted(self.skipped.items(), key=lambda item: (-item[1], item[0])))
        total = sum(by_reason.values())
        return {"listed": self.listed, "sent": self.sent, "skipped": total, "skipped_by_reason": by_reason}


class Course:
    """The way through a source. With ``records``, the folder keeps how far it is, and the refused objects."""

    def __init__(
        self, source: KeySource, judge: KeyJudge, folder: RunFolder, report: Report, *, records: bool = True
    ) -> None:
        self._source, self._judge, self._folder, self._report = source, judge, folder, report
        self._records = records
        about = folder.about
        counts: Mapping[str, Any] = about.get("counts") or {}
        self.settled = Settled(
            str(about.get("last_key") or ""),
            int(counts.get("sent", 0)),
            dict(counts.get("skipped_by_reason", {})),
            dict(about.get("examples", {})),
        )
        self.is_at_end = False
        self._pending: deque[tuple[str, Refusal | None]] = deque()
        self._lines: list[dict[str, Any]] = []
        self._due = time.monotonic() + _SECONDS
        if records:
            self._cut_objects(int(about.get("objects_bytes", 0)))

    def keys(self) -> Generator[str | None, None, None]:
        """Yield the keys to announce; ``None`` asks for all that came before to be settled first.

        If the source fails, what it gave before is settled first.
        """
        try:
            yield from self._keys()
        except Exception:
            yield None
            raise
        self.is_at_end = True
        yield None

    def _keys(self) -> Iterator[str | None]:
        for listed in self._source.objects(self.settled.last_key, self.settled.listed):
            refusal = self._refuse(listed)
            self._pending.append((listed.key, refusal))
            if refusal is None:
                yield listed.key
            elif self._pending[0][1]:
                self._settle_refused()
                self._record_if_due()
            elif len(self._pending) >= _MOST_HELD or self._is_due():
                yield None

    def _refuse(self, listed: ListedObject) -> Refusal | None:
        verdict = self._judge.judge(listed)
        if not isinstance(verdict, Refusal):
            return None
        # A source that knows no ETag does not know the size either: the function looks whether the object is empty.
        is_guess = verdict.reason is Reason.FOLDER_MARKER and not listed.etag
        return None if is_guess else verdict

    def settle(self, sent: int) -> None:
        """Take notice that the next ``sent`` keys are accepted."""
        for _ in range(sent):
            self._settle_one()
            self._settle_refused()
        self._record_if_due()

    def _settle_refused(self) -> None:
        while self._pending and self._pending[0][1]:
            self._settle_one()

    def _settle_one(self) -> None:
        key, refusal = self._pending[0]
        self.settled = self.settled.after(key, refusal)  # one assignment: a signal comes before or after it
        self._pending.popleft()
        if refusal:
            line = {"key": key, "outcome": "skipped", "reason": refusal.reason.code, "detail": refusal.detail}
            if self._records:
                self._lines.append(line)
            self._report.line(line)  # the reader of a pipe may be gone: then this raises

    def _is_due(self) -> bool:
        return time.monotonic() >= self._due

    def _record_if_due(self) -> None:
        if len(self._lines) >= _MOST_HELD:
            self._write_lines()
        if self._is_due():
            self.record()

    def record(self) -> None:
        """Record how far the run is."""
        self._due = time.monotonic() + _SECONDS
        if not self._records:
            return
        self._write_lines()
        settled, path = self.settled, self._folder.path / _OBJECTS
        self._folder.save(
            last_key=settled.last_key,
            count=settled.listed,
            counts=settled.counts(),
            examples=settled.examples,
            objects_bytes=path.stat().st_size if path.exists() else 0,
        )

    def _write_lines(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self._folder.append(_OBJECTS, *lines)

    def _cut_objects(self, size: int) -> None:
        """Forget the objects that were written after the last record: they come again."""
        path = self._folder.path / _OBJECTS
        if path.exists():
            os.truncate(path, size)
