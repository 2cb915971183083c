"""Compose the dead letter for an outcome and its record."""

import hashlib
import json
from dataclasses import dataclass
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
    source = _source(outcome, record)
    change = _change_of(outcome.ref, record) if outcome.ref else None
    original, truncated = _shortened(record.body)
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


def _source(outcome: Outcome, record: EventRecord) -> Source | None:
    """Return the object with the content that was read or, if none was read, the content that the event named."""
    ref = outcome.ref
    if ref is None:
        return None
    change = _change_of(ref, record)
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
    noted = [note.change for note in record.notes if note.change]
    same_bucket = [change for change in record.changes if change.ref.bucket == ref.bucket]
    readings = (
        [change for change in record.changes if change.ref == ref],
        [change for change in noted if change.ref == ref],
        [change for change in same_bucket if change.other_key == ref.key],
    )
    changes = next(filter(None, readings), [])
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


def _shortened(body: str) -> tuple[str, bool]:
    """Return as much of the body as fits, and whether it was cut. JSON may write one character as twelve bytes.

    Redact before cutting: the rest of a secret at the cut might not look like a secret.
    """
    written = len(json.dumps(body))
    if written <= MAX_ORIGINAL_BYTES:
        return body, False
    text = redact_data(body[: 2 * MAX_ORIGINAL_BYTES])
    while (written := len(json.dumps(text))) > MAX_ORIGINAL_BYTES:
        text = text[: len(text) * MAX_ORIGINAL_BYTES // written]
    return text, True
