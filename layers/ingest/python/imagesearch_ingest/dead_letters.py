"""Outcome → dead letter: what could not be added, why, what the index holds, and all that a replay needs.

At least once, one per ``record_id``: readers fold by it. ASCII-only JSON, since not every queue takes every character.
"""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.outcomes import Outcome
from imagesearch_ingest.reasons import Reason

SCHEMA_VERSION = 1
# A queue message may not exceed 256 KiB in the tightest of the queues we write to; the rest of the letter is small.
MAX_ORIGINAL_CHARACTERS = 120_000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Source(_Part):
    """Which object, and which content of it."""

    cloud: str
    bucket: str
    key: str
    version_id: str | None = None
    etag: str | None = None


class Target(_Part):
    """Where it should have gone."""

    instance: str
    product_id: str | None = None
    pic_name: str | None = None


class Upstream(_Part):
    """What the vendor called the fault."""

    code: str | None = None
    request_id: str | None = None


class DeadLetter(_Part):
    """One object that could not be added. Fields are added in later versions, never renamed."""

    schema_version: int = SCHEMA_VERSION
    record_id: str
    code: str
    fault_class: str
    stage: str
    message: str
    hint: str
    index_holds: str
    source: Source | None
    target: Target
    upstream: Upstream
    receive_count: int
    failed_at: str
    original_message: str
    original_message_truncated: bool = False

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=True, separators=(",", ":"))


def dead_letter(outcome: Outcome, record: EventRecord, *, instance: str, failed_at: str) -> DeadLetter:
    """The letter for an outcome that has a reason. ``failed_at`` is ISO 8601, UTC."""
    reason = outcome.reason
    if reason is None:
        raise ValueError("only an outcome with a reason can be dead-lettered")
    source = _source(outcome, record)
    identity = outcome.identity
    return DeadLetter(
        record_id=record_id(source, record.body, reason),
        code=reason.code,
        fault_class=reason.fault_class,
        stage=reason.stage,
        message=outcome.detail or reason.hint,
        hint=reason.hint,
        index_holds=outcome.index_holds or "unknown",
        source=source,
        target=Target(
            instance=instance,
            product_id=identity.product_id if identity else None,
            pic_name=identity.pic_name if identity else None,
        ),
        upstream=Upstream(code=outcome.service_code, request_id=outcome.service_request_id),
        receive_count=record.receive_count,
        failed_at=failed_at,
        original_message=record.body[:MAX_ORIGINAL_CHARACTERS],
        original_message_truncated=len(record.body) > MAX_ORIGINAL_CHARACTERS,
    )


def record_id(source: Source | None, body: str, reason: Reason) -> str:
    """sha256 of cloud, bucket, key, version or ETag, and reason; of a message without an object, its body instead."""
    parts: list[Any] = [reason.code]
    if source:
        parts += [source.cloud, source.bucket, source.key, source.version_id or source.etag]
    else:
        parts += [body]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _source(outcome: Outcome, record: EventRecord) -> Source | None:
    """The content that was read, where it was; else the one that the event spoke of."""
    ref = outcome.ref
    if ref is None:
        return None
    content = outcome.state or next((change for change in record.changes if change.ref == ref), None)
    return Source(
        cloud=ref.cloud,
        bucket=ref.bucket,
        key=ref.key,
        version_id=content.version_id if content else None,
        etag=content.etag if content else None,
    )
