"""Compose the dead letter for an outcome and its record."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from imagesearch_ingest.dead_letters.letter import DeadLetter, Function, LetterImage, Replay, Source, Target, Upstream
from imagesearch_ingest.events import EventRecord, Replayed
from imagesearch_ingest.model.images import Preparation
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.redaction import Redactor, redact_data

# The original event gets about half of the 256 KiB that SQS takes, counted as JSON. SMQ takes less: it cuts the letter.
MAX_ORIGINAL_BYTES = 120_000
# Letters of one record that may hold so much. More letters share it, or one message could cause 100 MB of letters.
MAX_WHOLE_ORIGINALS = 10
MAX_MESSAGE_CHARACTERS = 2_000
FRUITLESS_REPLAYS = 5  # from this replay on, the hint says that replaying does not help


@dataclass(frozen=True, slots=True)
class Origin:
    """Identify the deployment that writes the letters."""

    instance: str
    region: str
    function_name: str
    function_version: str
    pipeline_fingerprint: str
    preparation: str
    rule: str


def dead_letter(
    outcome: Outcome, record: EventRecord, *, origin: Origin, request_id: str, failed_at: str
) -> DeadLetter:
    """Return the letter for an outcome that has a reason. ``failed_at`` is ISO 8601, UTC."""
    reason, identity = outcome.reason, outcome.identity
    if reason is None:
        raise ValueError("only an outcome with a reason can be dead-lettered")
    change = _change_of(outcome.ref, record) if outcome.ref else None
    source = _source(outcome, change)
    original, truncated = _shortened(record.body, _max_original_bytes(source, record))
    own_id = _own_id(source, record, reason)
    return DeadLetter(
        record_id=own_id,
        code=reason.code,
        fault_class=reason.fault_class,
        stage=reason.stage,
        message=(outcome.detail or reason.hint)[:MAX_MESSAGE_CHARACTERS],
        hint=_hint(reason, record.replayed),
        docs_url=reason.docs_url,
        index_holds=outcome.index_holds or "unknown",
        source=source,
        target=Target(
            instance=origin.instance,
            region=origin.region,
            product_id=identity.product_id if identity else None,
            pic_name=identity.pic_name if identity else None,
        ),
        image=_image(outcome.prepared),
        upstream=Upstream(code=outcome.service_code, request_id=outcome.service_request_id),
        receive_count=record.receive_count,
        retries=outcome.retries,
        first_received_at=record.first_received_at,
        failed_at=failed_at,
        function=Function(name=origin.function_name, version=origin.function_version, request_id=request_id),
        pipeline_fingerprint=origin.pipeline_fingerprint,
        preparation=origin.preparation,
        rule=origin.rule,
        run=change.run if change else None,
        replay=_replay(own_id, record.replayed),
        original_event=original,
        original_event_truncated=truncated or record.body_truncated,
    ).redacted(Redactor())


def record_id(source: Source | None, body: str, reason: Reason) -> str:
    """Return the SHA-256 of cloud, bucket, key, version or ETag, and reason; of the body if there is no object."""
    parts: list[Any] = [reason.code]
    if source:
        parts += [source.cloud, source.bucket, source.key, source.version_id or source.etag]
    else:
        parts += [body]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _own_id(source: Source | None, record: EventRecord, reason: Reason) -> str:
    """Return the record ID. A replay without an object keeps its letter's: the letter may hold less than the event."""
    replayed = record.replayed
    if source is None and replayed and replayed.code == reason.code:
        return replayed.record_id
    return record_id(source, record.body, reason)


def _hint(reason: Reason, replayed: Replayed | None) -> str:
    if replayed and replayed.count >= FRUITLESS_REPLAYS and replayed.code == reason.code:
        return f"Replayed {replayed.count} times with the same result."
    return reason.hint


def _replay(own_id: str, replayed: Replayed | None) -> Replay:
    return Replay(of=replayed.of, count=replayed.count) if replayed else Replay(of=own_id, count=0)


def _source(outcome: Outcome, change: ObjectChange | None) -> Source | None:
    """Return the object with the content that was read or, if none was read, the content that the event named."""
    ref = outcome.ref
    if ref is None:
        return None
    content = outcome.state or change
    return Source(
        cloud=ref.cloud,
        bucket=ref.bucket,
        key=ref.key,
        version_id=content.version_id if content else None,
        etag=content.etag if content else None,
        size=content.size if content else None,
        raw_key=change.raw_key if change else None,
        sequencer=change.sequencer if change else None,
        event_name=change.event_name if change else None,
        event_time=change.event_time if change else None,
        envelope=change.envelope if change else None,
    )


def _change_of(ref: ObjectRef, record: EventRecord) -> ObjectChange | None:
    """Return what the event said about this object.

    Of several changes the newest counts, because the bucket no longer shows the others. A change under the usual
    reading of the key is preferred to one under the other reading.
    """
    changes = [change for change in record.changes if change.ref == ref]
    changes = changes or [note.change for note in record.notes if note.change and note.change.ref == ref]
    changes = changes or [
        change for change in record.changes if (change.ref.bucket, change.other_key) == (ref.bucket, ref.key)
    ]
    return max(reversed(changes), key=lambda change: (not change.noncurrent, change.event_time or ""), default=None)


def _image(prepared: Preparation | None) -> LetterImage | None:
    if prepared is None:
        return None
    return LetterImage(
        format=prepared.source_format,
        width=prepared.source_width,
        height=prepared.source_height,
        bytes_in=prepared.bytes_in,
        bytes_out=prepared.bytes_out,
        steps=prepared.steps,
    )


def _max_original_bytes(source: Source | None, record: EventRecord) -> int:
    """Return how much of the original event the letter may hold. One without an object needs it to be put back."""
    letters = len(record.changes) if source else 1
    return MAX_ORIGINAL_BYTES * MAX_WHOLE_ORIGINALS // max(letters, MAX_WHOLE_ORIGINALS)


def _shortened(body: str, max_bytes: int) -> tuple[str, bool]:
    """Return as much of the body as fits, and whether it was cut. JSON may write one character as twelve bytes."""
    if len(body) <= max_bytes and len(json.dumps(body)) <= max_bytes:
        return body, False
    text = _redact_beginning(body)
    while (written := len(json.dumps(text))) > max_bytes:
        text = text[: len(text) * max_bytes // written]
    return text, True


@lru_cache(maxsize=2)  # a thousand letters may hold the beginning of the same event
def _redact_beginning(body: str) -> str:
    """Redact before cutting: the rest of a secret at the cut might not look like a secret."""
    return redact_data(body[: 2 * MAX_ORIGINAL_BYTES])
