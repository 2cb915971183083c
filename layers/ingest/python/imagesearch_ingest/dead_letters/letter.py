"""The record itself, as it stands in the queue. ASCII-only JSON, since not every queue takes every character."""

import json
from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from imagesearch_ingest.redaction import Redactor

SCHEMA_VERSION = 1


class _Part(BaseModel):
    # Most starts of a function see no letter: what checks one is built for the first.
    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)

    def each_text(self, change: Callable[[str], str]) -> Self:
        return self.model_copy(update={name: change(value) for name, value in self if isinstance(value, str)})


class Source(_Part):
    """Which object, which content of it, and what the event said. ``raw_key`` is the key as the event wrote it."""

    cloud: str
    bucket: str
    key: str
    key_redacted: bool = False  # then it is not the object's, and a replay must not take it for it
    raw_key: str | None = None
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    sequencer: str | None = None
    event_name: str | None = None
    event_time: str | None = None
    envelope: str | None = None


class Target(_Part):
    """Where it should have gone."""

    instance: str
    region: str
    product_id: str | None = None
    pic_name: str | None = None


class Picture(_Part):
    """What was read, and what would have been sent. Sides in pixels, as stored."""

    format: str
    width: int
    height: int
    bytes_in: int
    bytes_out: int
    steps: tuple[str, ...]


class Upstream(_Part):
    """What the vendor called the fault."""

    code: str | None = None
    request_id: str | None = None


class Function(_Part):
    """Who wrote the letter."""

    name: str
    version: str
    request_id: str


class Replay(_Part):
    """Of which letter this record was a replay, and how many replays there had been."""

    of: str
    count: int


class DeadLetter(_Part):
    """One object that could not be added. Fields are added in later versions, never renamed.

    ``first_received_at`` is when the queue first handed the record out, ``failed_at`` when this letter was written:
    both ISO 8601, UTC. ``pipeline_fingerprint`` tells letters written under other settings apart.
    """

    schema_version: int = SCHEMA_VERSION
    record_id: str
    code: str
    fault_class: str = Field(alias="class")
    stage: str
    message: str
    hint: str
    docs_url: str
    index_holds: str
    source: Source | None
    target: Target
    image: Picture | None
    upstream: Upstream
    receive_count: int
    retries: int
    first_received_at: str | None
    failed_at: str
    function: Function
    pipeline_fingerprint: str
    replay: Replay | None = None
    original_event: str
    original_event_truncated: bool = False

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json", by_alias=True), ensure_ascii=True, separators=(",", ":"))

    def fitting(self, max_bytes: int) -> Self:
        """With as much of the original event, and if need be of the message, as leaves its JSON room in ``max_bytes``.

        Nothing else is cut: what tells the object and the reason takes far less than any queue's limit. A letter that
        is redacted already may be cut anywhere.
        """
        letter = self
        for name, cut in (("original_event", {"original_event_truncated": True}), ("message", {})):
            excess = len(letter.to_json()) - max_bytes
            if excess > 0:
                text = _without_the_last(getattr(letter, name), excess)
                letter = letter.model_copy(update={name: text, **cut})
        return letter

    def redacted(self, redactor: Redactor) -> Self:
        """Without secrets. What a replay reads back stays exact wherever it holds none."""
        source = self.source and self.source.each_text(redactor.data)
        if source and self.source and source.key != self.source.key:
            source = source.model_copy(update={"key_redacted": True})
        parts = {
            "message": redactor.prose(self.message),
            "source": source,
            "target": self.target.each_text(redactor.data),
            "upstream": self.upstream.each_text(redactor.prose),
        }
        return self.each_text(redactor.data).model_copy(update=parts)


def _without_the_last(text: str, excess: int) -> str:
    """Shorter by at least so many bytes as it is written in JSON, where a character takes one to twelve."""
    kept = len(text)
    while excess > 0 and kept:
        kept -= 1
        excess -= len(json.dumps(text[kept])) - len('""')
    return text[:kept]
