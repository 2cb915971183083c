"""Ports with a redactor in between: what the library asks for or sends passes through here, and is what it was else."""

from dataclasses import dataclass, field

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.ports import CredentialSource, DeadLetterQueue
from imagesearch_ingest.redaction import Redactor


@dataclass(frozen=True, slots=True)
class LearnedCredentials:
    """A ``CredentialSource``: the redactor knows each key's values before anything can be done with them."""

    source: CredentialSource
    redactor: Redactor = field(repr=False)

    def get(self, *, fresh: bool = False) -> Credentials:
        credentials = self.source.get(fresh=fresh)
        self.redactor.learn(credentials.access_key_id, credentials.access_key_secret, credentials.security_token)
        return credentials


@dataclass(frozen=True, slots=True)
class RedactedDeadLetters:
    """A ``DeadLetterQueue``: letters know what a secret looks like; the redactor knows the ones in use."""

    queue: DeadLetterQueue
    redactor: Redactor = field(repr=False)

    def send(self, letter: DeadLetter) -> None:
        self.queue.send(letter.redacted(self.redactor))
