"""Wait until every uploaded object is settled, by reading the function's log."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from imagesearch_ingest.redaction.redactor import redact_data
from imagesearch_ops.results import ObjectResult, parse_log_line

MAX_SILENCE_SECONDS = 180  # longer than the queue hides a record after any of its first transient faults


class OutcomeWatcher:
    """Collect the latest outcome of each key. Pass ``on_log`` to the function, then call ``wait``."""

    def __init__(self) -> None:
        self._results: dict[str | None, ObjectResult] = {}
        self._changed = threading.Condition()
        self._last_line = time.monotonic()

    def on_log(self, line: str) -> None:
        """Take one line of the log. An outcome replaces the key's earlier one."""
        result = parse_log_line(line)
        with self._changed:
            self._last_line = time.monotonic()
            if result:
                self._results[result.key] = result  # by its key as logged, which is redacted
            self._changed.notify_all()

    def wait(self, keys: list[str], progress: Callable[[int, Mapping[str, int]], None]) -> None:
        """Return as soon as all keys are settled, or after 180 seconds without a log line.

        ``progress`` receives the number of settled keys, and how many ended in which way.
        """
        with self._changed:
            while (counts := self._count_settled(keys)).total() < len(keys):
                progress(counts.total(), counts)
                if time.monotonic() - self._last_line > MAX_SILENCE_SECONDS:
                    break
                self._changed.wait(timeout=0.5)
            progress(counts.total(), counts)

    def results(self, keys: list[str]) -> list[ObjectResult]:
        """Return one result per key, in the order of ``keys``. A key without a result counts as failed."""
        with self._changed:
            return [self._result(key) or _no_result(key) for key in keys]

    def known(self, keys: list[str]) -> list[ObjectResult]:
        """Return the results so far of those keys that have one."""
        with self._changed:
            return [result for key in keys if (result := self._result(key))]

    def _count_settled(self, keys: list[str]) -> Counter[str]:
        results = (self._result(key) for key in keys)
        return Counter(result.outcome for result in results if result and result.is_settled)

    def _result(self, key: str) -> ObjectResult | None:
        found = self._results.get(redact_data(key))
        return replace(found, key=key) if found else None


def _no_result(key: str) -> ObjectResult:
    return ObjectResult(key, "failed", "internal_error", None, None, 0, detail="the function logged no outcome")
