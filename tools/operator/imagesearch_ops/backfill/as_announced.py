"""Describe an object as the function would see it in an announcement of a backfill."""

from imagesearch_ingest.events.announcement import ENVELOPE
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef

WHY = "backfill"
LETTERS = "letters.jsonl"  # in the folder of a run that does the function's work
WRITER = "imagesearch-ingest backfill"  # what its letters name instead of a function


def make_change(ref: ObjectRef, run: str, *, size: int | None = None, etag: str | None = None) -> ObjectChange:
    """Return what the announcement of an object says. ``size`` is in bytes. The key has one reading."""
    return ObjectChange(
        ref=ref,
        kind=ChangeKind.ANNOUNCED,
        event_name=f"announced:{WHY}",
        raw_key=ref.key,
        envelope=ENVELOPE,
        etag=etag,
        size=size,
        why=WHY,
        run=run,
    )
