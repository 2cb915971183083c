"""Read one message of either cloud: events, an announcement or a dead letter, possibly in the envelope of a topic."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from imagesearch_ingest.events import announcement, letter_message
from imagesearch_ingest.events.letter_message import Letter
from imagesearch_ingest.events.records import Note, Replayed, partition
from imagesearch_ingest.events.validate import UnreadableError, note_malformed
from imagesearch_ingest.model.objects import ObjectChange

MAX_WRAPPINGS = 4  # envelopes of topics around a message; one is known to occur
MAX_LETTERS = 4  # dead letters inside each other that are opened at once
_CUT = "the dead letter names no object, and its original event was cut. Announce the object by hand, under its key"
_NESTED = f"more than {MAX_LETTERS} dead letters are nested. Put it back once more to go on opening them"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one cloud writes its messages.

    ``load`` returns the JSON in a body, or ``None``, and the text that holds it. ``find_wrapped`` returns the body in
    the envelope of a topic, or ``None``. ``read_events`` reads a message that is neither announcement nor letter.
    """

    cloud: str
    load: Callable[[object], tuple[Any, str]]
    find_wrapped: Callable[[Mapping[str, Any]], object]
    read_events: Callable[[Any, str], Iterable[ObjectChange | Note]]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was read. ``text`` is the message itself, ``event`` the original event.

    They differ only for a dead letter, which holds its original event. ``is_truncated`` says that it was cut.
    """

    text: str
    event: str
    changes: tuple[ObjectChange, ...]
    notes: tuple[Note, ...]
    replayed: Replayed | None = None
    is_truncated: bool = False


def is_for_us(content: Mapping[str, Any]) -> bool:
    """Return whether the content is an announcement or a dead letter: written for this function, not by a bucket."""
    return announcement.is_announcement(content) or letter_message.is_letter(content)


def read_message(content: object, text: str, dialect: Dialect) -> Message:
    """Return the message, whose JSON is ``content``. Anything in it that cannot be understood becomes a note."""
    letter: Letter | None = None
    event = text
    content, inner = _unwrap(content, text, dialect)
    for _ in range(MAX_LETTERS):
        if not _is_letter(content):
            break
        try:
            letter = letter_message.open_letter(content)
        except UnreadableError as error:
            return _reject(text, event, letter, f"the dead letter: {error}")
        event = letter.original_event
        if found := letter.read_object(dialect.cloud):
            event, is_truncated = _find_original_event(letter, dialect)
            return Message(text, event, *partition([found]), letter.replayed, is_truncated)
        if letter.is_truncated:
            return _reject(text, event, letter, _CUT)
        content, inner = _unwrap(*dialect.load(event), dialect)
    if _is_letter(content):
        return _reject(text, event, letter, _NESTED)
    found_items, replayed = _read(content, inner, dialect)
    if letter:
        found_items, replayed = [letter.announce(item) for item in found_items], letter.replayed
    return Message(text, event, *partition(found_items), replayed)


def _read(content: object, text: str, dialect: Dialect) -> tuple[Iterable[ObjectChange | Note], Replayed | None]:
    """Return what a message says that is no dead letter, and which letter it replays."""
    if isinstance(content, Mapping) and announcement.is_announcement(content):
        return [announcement.read(content, dialect.cloud)], announcement.read_replayed(content)
    return dialect.read_events(content, text), None


def _unwrap(content: object, text: str, dialect: Dialect) -> tuple[object, str]:
    """Return the message in the envelopes of topics, and its text."""
    for _ in range(MAX_WRAPPINGS):
        wrapped = dialect.find_wrapped(content) if isinstance(content, Mapping) else None
        if wrapped is None:
            break
        content, text = dialect.load(wrapped)
    return content, text


def _find_original_event(letter: Letter, dialect: Dialect) -> tuple[str, bool]:
    """Return the event that the innermost letter holds, and whether it was cut: the next letter must not nest."""
    for _ in range(MAX_LETTERS):
        content, _text = dialect.load(letter.original_event)
        if not _is_letter(content):
            break
        try:
            letter = letter_message.open_letter(content)
        except UnreadableError:
            break
    return letter.original_event, letter.is_truncated


def _is_letter(content: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(content, Mapping) and letter_message.is_letter(content)


def _reject(text: str, event: str, letter: Letter | None, detail: str) -> Message:
    replayed, is_truncated = (letter.replayed, letter.is_truncated) if letter else (None, False)
    return Message(text, event, (), (note_malformed(detail),), replayed, is_truncated)
