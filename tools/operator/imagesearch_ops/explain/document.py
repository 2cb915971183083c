"""Write what is known about one object as JSON. Fields are only ever added."""

import hashlib
from typing import Any

from imagesearch_ops.explain.facts import Facts
from imagesearch_ops.explain.notes import list_notes, note_reading
from imagesearch_ops.explain.target import url_of
from imagesearch_ops.explain.trial import name_parameter, name_parameters
from imagesearch_ops.explain.verdicts import Verdict
from imagesearch_ops.instance import Entry

Json = dict[str, Any]


def write_document(facts: Facts, verdict: Verdict, command: str | None) -> Json:
    """Return the document. ``null`` is unknown, or does not apply; the index is ``null`` if it was not asked."""
    return {
        "url": url_of(facts.ref),
        "object": _object(facts),
        "key": _key(facts),
        "identity": _identity(facts),
        "picture": _picture(facts),
        "request": name_parameters(facts.trial.request) if facts.trial and facts.trial.request else None,
        "sources": _sources(facts),
        "index": _index(facts),
        "index_asked": facts.answers is not None,
        "why_not_asked": facts.why_not_asked or None,
        "letters": facts.letters.lines if facts.letters.lines or facts.letters.is_searched else None,
        "queue": facts.letters.describe(),
        "notes": [*filter(None, [note_reading(facts)]), *list_notes(facts)],
        "verdict": verdict.text,
        "verdict_code": verdict.kind.code,
        "reason": verdict.reason,
        "todo": verdict.todo or None,
        "command": command,
    }


def _object(facts: Facts) -> Json:
    state = facts.state
    if state is None:
        fault = facts.bucket_fault
        return {
            "found": None if fault else False,
            "fault": fault and {"code": fault.reason.code, "message": fault.detail},
        }
    return {
        "found": True,
        "etag": state.etag,
        "version": state.version_id,
        "size": state.size,
        "last_modified": state.last_modified,
        "storage_class": facts.headers.storage_class,
        "metadata": dict(state.metadata),
    }


def _key(facts: Facts) -> Json:
    found, refusal = facts.found, facts.refusal
    return {
        "given": facts.target.ref.key,
        "other_reading": found.ref.key if found and found.reading else None,
        "read": found.reading if found and found.reading else "as it is written",
        "ours": refusal is None,
        "why_not": refusal and refusal.detail,
        "reason": refusal and refusal.reason.code,
    }


def _identity(facts: Facts) -> Json | None:
    identity = facts.identity
    if identity is None:
        return None
    return {"product_id": identity.product_id, "pic_name": identity.pic_name, "attributes": dict(identity.groups)}


def _picture(facts: Facts) -> Json | None:
    trial = facts.trial
    if trial is None:
        return None
    prepared = trial.prepared
    return {
        "sniffed": trial.sniffed,
        "declared": facts.headers.content_type,
        "width": prepared and prepared.source_width,
        "height": prepared and prepared.source_height,
        "steps": [_step(text) for text in prepared.steps] if prepared else [],
        "ms": trial.prepare_ms,
        "bytes_in": trial.bytes_in,
        "bytes_out": prepared and len(prepared.data),
        "format_out": prepared and prepared.format,
        "width_out": prepared and prepared.width,
        "height_out": prepared and prepared.height,
        "sha256": hashlib.sha256(prepared.data).hexdigest() if prepared else None,
        "is_blank": prepared and prepared.is_blank,
    }


def _step(text: str) -> Json:
    name, _, detail = text.partition(": ")
    return {"name": name, "detail": detail or None}


def _sources(facts: Facts) -> Json | None:
    attributes = facts.trial.attributes if facts.trial else None
    if attributes is None:
        return None
    return {name_parameter(name): str(source) for name, source in attributes.sources.items()}


def _index(facts: Facts) -> Json | None:
    answers = facts.answers
    if answers is None:
        return None
    return {
        "instance": facts.settings.instance_name,
        "exists": answers.entry is not None,
        "entry": answers.entry and _entry(answers.entry),
        "differences": facts.list_differences(),
        "same_picture": answers.is_same_picture,
        "score": answers.score,
        "other_ids": [
            {
                "product_id": other.ids.product_id,
                "pic_name": other.ids.pic_name,
                "why": other.why,
                "score": other.score,
            }
            for other in answers.others
        ],
    }


def _entry(entry: Entry) -> Json:
    ids = {"ProductId": entry.product_id, "PicName": entry.pic_name, "CategoryId": entry.category_id}
    return ids | entry.attributes
