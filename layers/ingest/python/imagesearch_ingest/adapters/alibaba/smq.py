"""The queues on Simple Message Queue (formerly MNS): for dead letters, and for records that are to come again.

Bodies are base64: "Base64-encode the message body before sending. Messages with non-Base64-encoded bodies or
unsupported characters cause request failures" (SendMessage reference, "Usage notes"). It is also what OSS's own
notifications are, what every SDK of SMQ's decodes unless told otherwise, and what an EventBridge stream decodes by
default (``SourceMNSParameters.IsBase64Decode``), so that what we send again comes back as the rest of the queue does,
and a dead letter can be read and replayed by all of them. It costs a quarter of the 64 KB that a message may have.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mns.queue import Message, Queue

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.adapters.alibaba.smq_connection import OneRequest, open_queue, tls_context
from imagesearch_ingest.adapters.alibaba.smq_errors import translated, unreadable
from imagesearch_ingest.credentials import CredentialSource
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason

MAX_MESSAGE_BYTES = 64 * 1024  # SMQ, "Limits": as it is sent, so of the base64
MAX_TEXT_BYTES = MAX_MESSAGE_BYTES // 4 * 3
MAX_DELAY_SECONDS = 7 * 24 * 3600  # SendMessage reference, "DelaySeconds"


class SmqQueue:
    """One queue, for as many threads as like: nothing is shared by two calls. Timeouts are in seconds.

    Raises ``SettingsError`` for a URL that is not a queue's, or a bundle that holds no certificates.
    """

    def __init__(
        self,
        url: str,
        credentials: CredentialSource,
        *,
        connect_timeout: float,
        read_timeout: float,
        ca_bundle: Path | None = None,
    ) -> None:
        try:
            address = SmqAddress.of(url)
        except ValueError as error:
            raise SettingsError(f"{url} is no queue of Simple Message Queue: {error}") from None
        try:
            tls = tls_context(ca_bundle) if address.is_tls else None
        except OSError as error:
            raise SettingsError(f"{ca_bundle} holds no certificates that can be read: {error}") from None
        self._http = OneRequest(address, tls, connect_timeout, read_timeout)
        self._credentials = credentials

    @contextmanager
    def call(self, what: str) -> Iterator[Queue]:
        """The SDK's queue, for one attempt. Raises ``IngestError`` for whatever becomes of it."""
        with translated(what):
            yield open_queue(self._http, self._credentials.get())

    def send_text(self, text: str, what: str, *, delay_seconds: int | None = None) -> None:
        body = base64.b64encode(text.encode()).decode()
        with self.call(what) as queue:
            sent = queue.send_message(Message(body, delay_seconds=delay_seconds))
        if not sent.message_id:
            raise unreadable(what)


class SmqDeadLetterQueue(SmqQueue):
    """A ``DeadLetterQueue``. A letter that is too long loses the end of its original event."""

    def send(self, letter: DeadLetter) -> None:
        self.send_text(letter.fitting(MAX_TEXT_BYTES).to_json(), "writing to the dead-letter queue")


class SmqRetryQueue(SmqQueue):
    """A ``RetryQueue``."""

    def requeue(self, body: str, seconds: int) -> None:
        """A body that is too long raises ``INTERNAL_ERROR``, for one attempt.

        Nothing else will do: a permanent reason would make a dead letter of a record that has only to wait, a systemic
        one would stop its neighbours, and a throttled one would be tried for as long as there is time. What could not
        be sent again is not settled, so the batch has to come again as a whole.
        """
        what = "sending a record to its queue again"
        size = len(body.encode())
        if size > MAX_TEXT_BYTES:
            detail = f"{what}: {size} bytes do not fit in a message, which holds {MAX_TEXT_BYTES}"
            raise IngestError(Reason.INTERNAL_ERROR, detail, attempts=1)
        self.send_text(body, what, delay_seconds=max(0, min(seconds, MAX_DELAY_SECONDS)))
