"""List what a person should know besides the verdict, one sentence each."""

from collections.abc import Iterator

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.dlq.letters import Line, failed_at, source
from imagesearch_ops.explain.facts import Facts
from imagesearch_ops.explain.verdicts import name_others


def list_notes(facts: Facts) -> Iterator[str]:
    """Yield the notes, the most important first, without ``note_reading``."""
    yield from _about_event(facts)
    yield from _about_picture(facts)
    yield from _about_index(facts)
    yield from map(_about_letter, (line for line in facts.letters.lines if facts.state and not facts.is_current(line)))


def note_reading(facts: Facts) -> str:
    """Return what to say if the object was found under another reading of its key, or an empty text."""
    found = facts.found
    if found is None or not found.reading:
        return ""
    asked = facts.target.ref.key
    return f"There is no object {asked!r}. This is about {found.ref.key!r}: the same key, {found.reading}."


def _about_event(facts: Facts) -> Iterator[str]:
    """Compare the event with the object as it is now."""
    state, found = facts.state, facts.found
    for change in facts.target.changes:
        if state and change.etag and change.etag.lower() != state.etag.lower():
            yield f"The event is about other content (ETag {change.etag}). The function takes the bucket's."
        is_other = found and found.ref.key != change.ref.key
        if is_other and state and (change.etag is None or (change.etag, change.size) != (state.etag, state.size)):
            yield "For this event, the function takes another reading of a key only if ETag and size are the event's."
        if change.noncurrent and state:
            yield "The event is about the removal of an old version. The function skips it (noncurrent_version)."


def _about_picture(facts: Facts) -> Iterator[str]:
    trial = facts.trial
    if trial and trial.prepared and trial.prepared.is_blank:
        yield "The picture is blank, so that a search may hardly find it."
    if trial and trial.fault and trial.fault.reason is Reason.OBJECT_ARCHIVED and facts.entry:
        yield "The object is archived: its entry stays, but the picture cannot be read again."


def _about_index(facts: Facts) -> Iterator[str]:
    answers, trial = facts.answers, facts.trial
    if answers is None:
        return
    if facts.index_fault:
        yield f"The index could not be asked for everything: {facts.index_fault.detail}"
    if answers.entry and trial and trial.fault and trial.fault.reason is not Reason.OBJECT_ARCHIVED:
        yield "The index holds an entry from earlier content, or from earlier settings."
    if answers.entry and trial and trial.request and answers.is_same_picture is None:
        yield "Whether the entry shows this picture or an earlier one is known only with --index."
    if not answers.has_attributes:
        yield "The service tells only that the entry exists, not its attributes."
    if facts.is_young and answers.entry and facts.list_differences():
        yield "The object is younger than 1 h: its event may still be on its way."
    if answers.others:
        yield f"The index also has {name_others(answers.others)}."


def _about_letter(line: Line) -> str:
    what = "has no ETag, or another one" if source(line).get("etag") else "is older than the object"
    return f"The dead letter {line['code']} of {failed_at(line)} is about earlier content: it {what}."
