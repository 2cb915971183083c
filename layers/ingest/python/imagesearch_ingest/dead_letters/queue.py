"""The dead-letter queue as a port, and the wrapper that takes secrets out of what is sent to it."""

from dataclasses import dataclass, field
from typing import Protocol

from imagesearch_ingest.dead_letters.letter import DeadLetter
from imagesearch_ingest.redaction import Redactor


class DeadLetterQueue(Protocol):
    """Where what cannot be added ends."""

    def send(self, letter: DeadLetter) -> None: ...


@dataclass(frozen=True, slots=True)
class RedactedDeadLetters:
    """A ``DeadLetterQueue``: letters know what a secret looks like; the redactor knows the ones in use."""

    queue: DeadLetterQueue
    redactor: Redactor = field(repr=False)

    def send(self, letter: DeadLetter) -> None:
        self.queue.send(letter.redacted(self.redactor))
