"""Define the dead letter as it is written: JSON in ASCII, because not every queue accepts every character."""

import json
from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from imagesearch_ingest.redaction import Redactor

SCHEMA_VERSION = 1


class _Part(BaseModel):
    # Most cold starts write no letter, so the validators are built for the first one only.
    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)

    def each_text(self, change: Callable[[str], str]) -> Self:
        """Return a copy in which ``change`` was applied to every text."""
        return self.model_copy(update={name: change(value) for name, value in self if isinstance(value, str)})


class Source(_Part):
    """The object, its content, and what the event said. ``raw_key`` is the key as the event wrote it.

    ``key_redacted`` says that ``key`` is not the object's key, so a replay must not use it.
    """

    cloud: str
    bucket: str
    key: str
    key_redacted: bool = False
    raw_key: str | None = None
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    sequencer: str | None = None
    event_name: str | None = None
    event_time: str | None = None
    envelope: str | None = None


class Target(_Part):
    """The instance and the entry that the object belongs to."""

    instance: str
    region: str
    product_id: str | None = None
    pic_name: str | None = None


class LetterImage(_Part):
    """The image that was read, and what would have been sent. Sides in pixels, as stored."""

    format: str
    width: int
    height: int
    bytes_in: int
    bytes_out: int
    steps: tuple[str, ...]


class Upstream(_Part):
    """The vendor's own name for the fault."""

    code: str | None = None
    request_id: str | None = None


class Function(_Part):
    """The function that wrote the letter."""

    name: str
    version: str
    request_id: str


class Replay(_Part):
    """The first letter about this record, and the number of replays since. The first letter names itself, with 0."""

    of: str
    count: int


class DeadLetter(_Part):
    """One object that could not be added. Later versions add fields and never rename one.

    ``first_received_at`` is when the queue first handed out the record, and ``failed_at`` is when the letter was
    written: both ISO 8601, UTC. ``pipeline_fingerprint`` changes with the settings and the release, ``preparation``
    with whatever changes a prepared image, and ``rule`` with whatever makes IDs and attributes. ``run`` is the run of
    the tool that announced the object.
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
    image: LetterImage | None
    upstream: Upstream
    receive_count: int
    retries: int
    first_received_at: str | None
    failed_at: str
    function: Function
    pipeline_fingerprint: str
    preparation: str | None = None
    rule: str | None = None
    run: str | None = None
    replay: Replay | None = None
    original_event: str
    original_event_truncated: bool = False

    def to_json(self) -> str:
        """Return the letter as the queue holds it."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), ensure_ascii=True, separators=(",", ":"))

    def fitting(self, max_bytes: int) -> Self:
        """Return the letter, cut so that its JSON takes at most ``max_bytes``.

        Only the original event is cut and, if that is not enough, the message. The other fields take far less than any
        queue's limit. A letter is redacted before it is cut, so the cut may fall anywhere.
        """
        letter = self
        for name, cut in (("original_event", {"original_event_truncated": True}), ("message", {})):
            excess = len(letter.to_json()) - max_bytes
            if excess > 0:
                text = _without_the_last(getattr(letter, name), excess)
                letter = letter.model_copy(update={name: text, **cut})
        return letter

    def redacted(self, redactor: Redactor) -> Self:
        """Return the letter without secrets. Fields that a replay reads stay exact wherever they hold no secret."""
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
    """Return the text without its last ``excess`` bytes.

    Bytes are counted as JSON, where a character takes one to twelve.
    """
    kept = len(text)
    while excess > 0 and kept:
        kept -= 1
        excess -= len(json.dumps(text[kept])) - len('""')
    return text[:kept]
