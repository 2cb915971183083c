"""Tell whose announcement a message of the ingest queue is."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from imagesearch_ingest.events.alibaba import retry_message
from imagesearch_ingest.events.announcement import NAME, is_announcement
from imagesearch_ingest.events.validate import UnreadableError
from imagesearch_ops.backfill.as_announced import WHY

CANCELLED = "cancelled.jsonl"  # in a run's folder: the keys that were cancelled; `backfill --keys-from` takes it


class Announced(NamedTuple):
    """What an announcement says: why, in which run, and the key, as far as they are texts."""

    why: str | None
    run: str | None
    key: str | None

    def is_of(self, run: str) -> bool:
        """Return whether a backfill of this name has sent the announcement."""
        return self.why == WHY and self.run == run


def read_announced(body: str) -> Announced | None:
    """Return what the announcement in a message says, or ``None`` for any other message.

    On SMQ the function sends a message again in an envelope, which is opened.
    """
    content = _load(body)
    if content is not None and retry_message.is_envelope(content):
        try:
            content = _load(retry_message.open_envelope(content).message)
        except UnreadableError:
            return None
    if content is None or not is_announcement(content):
        return None
    inner = content[NAME]
    look_at = inner["look_at"]
    key = look_at.get("key") if isinstance(look_at, Mapping) else None
    return Announced(_text(inner.get("why")), _text(inner.get("run")), _text(key))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _load(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
