"""Write and read announcements: a person or a tool asks the function to look at one object.

    {"imagesearch_ingest": {"look_at": {"bucket": "...", "key": "..."}, "why": "backfill", "run": "20261129T0655-7f3a"}}

The key is plain text, never URL-encoded. ``look_at`` may hold ``etag`` and ``version_id``: the content that a dead
letter was about. ``replay`` then names that letter, so that the next one counts the replays.

Anybody who may write to the queue can write an announcement, so every field is validated.
"""

import json
from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.events.records import Note, Replayed
from imagesearch_ingest.events.validate import UnreadableError, decode_change
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef

NAME = "imagesearch_ingest"
ENVELOPE = "announcement"  # of the changes that announcements make: their keys have one reading
WHYS = ("backfill", "replay", "reconcile", "operator")
MAX_REPLAYS = 1_000_000
LONGEST_RUN = 64
LONGEST_ID = 128


def write_announcement(
    ref: ObjectRef,
    why: str,
    run: str | None = None,
    *,
    etag: str | None = None,
    version_id: str | None = None,
    replayed: Replayed | None = None,
) -> str:
    """Return the message that makes the function look at the object. ``why`` is one of ``WHYS``."""
    look_at = {"bucket": ref.bucket, "key": ref.key, "etag": etag, "version_id": version_id}
    content: dict[str, Any] = {"look_at": {name: value for name, value in look_at.items() if value}, "why": why}
    if run:
        content["run"] = run
    if replayed:
        content["replay"] = {
            "of": replayed.of,
            "count": replayed.count,
            "record_id": replayed.record_id,
            "code": replayed.code,
        }
    return json.dumps({NAME: content}, ensure_ascii=True)


def is_announcement(content: Mapping[str, Any]) -> bool:
    """Return whether the content claims to be an announcement; ``read`` validates it."""
    inner = content.get(NAME)
    return isinstance(inner, Mapping) and "look_at" in inner


def read(content: Mapping[str, Any], cloud: str) -> ObjectChange | Note:
    """Return the announced object of ``cloud``, or a note that says what is wrong with the announcement."""
    return decode_change("the announcement", content, lambda announced: _decode(announced[NAME], cloud))


def read_replayed(content: Mapping[str, Any]) -> Replayed | None:
    """Return the dead letter that the announcement replays, or ``None`` if it names none that could be one."""
    replay = content[NAME].get("replay")
    if not isinstance(replay, Mapping):
        return None
    of, record_id, code, count = (replay.get(name) for name in ("of", "record_id", "code", "count"))
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_ID for text in (of, record_id, code)):
        return None
    if type(count) is not int or not 0 <= count <= MAX_REPLAYS:
        return None
    return Replayed(str(of), count, str(record_id), str(code))


def _decode(announced: Mapping[str, Any], cloud: str) -> ObjectChange:
    look_at, why, run = announced["look_at"], announced.get("why"), announced.get("run")
    if why not in WHYS:
        raise UnreadableError(f"why is not one of {', '.join(WHYS)}")
    if not (run is None or (isinstance(run, str) and len(run) <= LONGEST_RUN)):
        raise UnreadableError(f"run is not a text of at most {LONGEST_RUN} characters")
    return ObjectChange(
        ref=ObjectRef(cloud, look_at["bucket"], look_at["key"]),
        kind=ChangeKind.ANNOUNCED,
        event_name=f"announced:{why}",
        raw_key=look_at["key"],
        envelope=ENVELOPE,
        version_id=look_at.get("version_id"),
        etag=look_at.get("etag"),
        why=why,
        run=run,
    )
