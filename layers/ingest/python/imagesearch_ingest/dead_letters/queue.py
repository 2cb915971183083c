"""Define the dead-letter queue as a port, and the wrapper that redacts secrets in each letter."""

from dataclasses import dataclass, field
from typing import Protocol

from imagesearch_ingest.dead_letters.letter import DeadLetter
from imagesearch_ingest.redaction import Redactor


class DeadLetterQueue(Protocol):
    """The queue for objects that cannot be added."""

    def send(self, letter: DeadLetter) -> None:
        """Write one letter, in one attempt. Raise ``IngestError``."""
        ...


@dataclass(frozen=True, slots=True)
class RedactedDeadLetters:
    """A ``DeadLetterQueue`` that redacts each letter with ``redactor``, which knows the secrets in use."""

    queue: DeadLetterQueue
    redactor: Redactor = field(repr=False)

    def send(self, letter: DeadLetter) -> None:
        """Write the redacted letter. Raise ``IngestError``."""
        self.queue.send(letter.redacted(self.redactor))
