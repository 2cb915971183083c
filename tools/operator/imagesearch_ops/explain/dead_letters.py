"""Search the dead-letter queues of a deployment for one object, within limits. Every message stays in its queue."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from imagesearch_ingest.events import encode_event_key
from imagesearch_ingest.events.letter_message import find_other_key
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.redaction import Redactor
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.dlq.folding import Folded
from imagesearch_ops.dlq.letters import Kind, Line, failed_at, read_message, source
from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.errors import InputError
from imagesearch_ops.etags import plain_etag
from imagesearch_ops.queues import OperatorQueue, open_queue

MOST_MESSAGES = 10_000
MOST_SECONDS = 60.0
SEARCHED = "searched"


@dataclass(slots=True)
class Letters:
    """The letters about an object, the latest first. ``queues`` says of each queue whether it was searched."""

    lines: list[Line] = field(default_factory=list)
    queues: dict[str, str] = field(default_factory=dict)

    @property
    def is_searched(self) -> bool:
        """Return whether every queue that is known was read to its end."""
        return bool(self.queues) and set(self.queues.values()) == {SEARCHED}

    def describe(self) -> str:
        """Return what was searched, as one text."""
        if self.is_searched:
            return SEARCHED
        if not self.queues:
            return "not searched: no dead-letter queue is known. Name a --stack, or set INGEST_DEAD_LETTER_QUEUE_URL."
        return "; ".join(f"{name}: {text}" for name, text in self.queues.items())


def search_letters(
    deployment: Deployment,
    refs: Sequence[ObjectRef],
    etag: str | None,
    *,
    most: int = MOST_MESSAGES,
    seconds: float = MOST_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Letters:
    """Return the letters about any of ``refs``. Errors become a text that says why a queue was not searched.

    ``etag`` is the object's, for letters in which a secret in the key is redacted.
    """
    letters, end = Letters(), clock() + seconds
    urls = {"letters": deployment.dead_letter_queue_url, "rule": deployment.rule_queue_url}
    with Folded() as folded:
        search = _Search(_Matcher(refs, etag, Redactor.from_environment(deployment.environ)), folded, most)
        for name, url in urls.items():
            if url:
                try:
                    queue = open_queue(url, deployment.environ)
                    letters.queues[name] = search.read(name, queue, lambda: clock() > end)
                except (IngestError, InputError, SettingsError) as error:
                    detail = error.detail if isinstance(error, IngestError) else str(error)
                    letters.queues[name] = f"not searched: {detail}"
        letters.lines = sorted(folded, key=failed_at, reverse=True)
    return letters


@dataclass(slots=True)
class _Search:
    """A search of several queues. ``most`` is the largest number of messages that a queue may hold."""

    is_wanted: Callable[[Line], bool]
    folded: Folded
    most: int

    def read(self, name: str, queue: OperatorQueue, is_late: Callable[[], bool]) -> str:
        """Keep what is wanted of a queue. Return how far it was read."""
        count = queue.count().total
        if count > self.most:
            return f"not searched: it holds about {count} messages. Use `dlq show KEY`."
        reader = Reader(queue)
        with closing(reader.batches()) as batches:
            for batch in batches:
                for line in (read_message(message, name, queue.cloud) for message in batch):
                    if self.is_wanted(line):
                        self.folded.add(line)
                if is_late():
                    return f"searched in part: {reader.seen} of about {reader.expected}. Use `dlq show KEY`."
        if not reader.is_complete:
            return f"searched in part: {reader.seen} of about {reader.expected}; others are hidden (another reader?)"
        return SEARCHED


@dataclass(slots=True)
class _Matcher:
    """Tell whether a line is about one of several objects, which are the readings of one key."""

    refs: Sequence[ObjectRef]
    etag: str | None
    redactor: Redactor

    def __call__(self, line: Line) -> bool:
        named = source(line)
        if any(self._is_named(named, ref) for ref in self.refs):
            return True
        return line["kind"] in (Kind.RAW_EVENT, Kind.RETRY_ENVELOPE) and any(
            text in line["original_event"] for ref in self.refs for text in _list_spellings(ref.key)
        )

    def _is_named(self, named: object, ref: ObjectRef) -> bool:
        if not isinstance(named, dict) or (named.get("cloud"), named.get("bucket")) != (ref.cloud, ref.bucket):
            return False
        if named.get("key_redacted"):
            is_same = not (self.etag and named.get("etag")) or plain_etag(named["etag"]) == plain_etag(self.etag)
            return is_same and named.get("key") == self.redactor.data(ref.key)
        return ref.key in (named.get("key"), find_other_key(named))


def _list_spellings(key: str) -> Iterator[str]:
    """Yield the key as the JSON of an event may hold it, in quotes, also within another JSON text."""
    for text in (key, encode_event_key(key)):
        for spelling in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
            yield spelling
            yield json.dumps(spelling)[1:-1]
