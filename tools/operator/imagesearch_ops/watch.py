"""Waits until every object that was uploaded has come to its end, by reading the function's log."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from imagesearch_ingest.redaction.redactor import redact_data
from imagesearch_ops.results import ObjectResult, parse_log_line

LONGEST_SILENCE_SECONDS = 180  # longer than any record is hidden after a transient fault's first receives


class Watch:
    """Give ``on_log`` to the function; expect keys; then ``wait``. A later line about a key replaces an earlier one."""

    def __init__(self) -> None:
        self._results: dict[str | None, ObjectResult] = {}
        self._changed = threading.Condition()
        self._last_line = time.monotonic()

    def on_log(self, line: str) -> None:
        result = parse_log_line(line)
        with self._changed:
            self._last_line = time.monotonic()
            if result:
                self._results[result.key] = result  # as the log has it, so without secrets
            self._changed.notify_all()

    def wait(self, keys: list[str], progress: Callable[[int], None]) -> list[ObjectResult]:
        """One result a key, in the order of ``keys``; what never came to an end has failed, for want of an answer."""
        with self._changed:
            while (done := self._settled(keys)) < len(keys):
                progress(done)
                if time.monotonic() - self._last_line > LONGEST_SILENCE_SECONDS:
                    break
                self._changed.wait(timeout=0.5)
            progress(done)
            return [self._result(key) or _unheard_of(key) for key in keys]

    def _settled(self, keys: list[str]) -> int:
        return sum(1 for key in keys if (result := self._result(key)) and result.settled)

    def _result(self, key: str) -> ObjectResult | None:
        found = self._results.get(redact_data(key))
        return replace(found, key=key) if found else None


def _unheard_of(key: str) -> ObjectResult:
    return ObjectResult(key, "failed", "internal_error", None, None, 0, detail="the function said nothing about it")
