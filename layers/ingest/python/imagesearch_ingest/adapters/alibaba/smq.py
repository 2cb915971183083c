"""Use Simple Message Queue (SMQ, formerly MNS) for dead letters and for records that must be delivered again.

Bodies are base64: "Base64-encode the message body before sending. Messages with non-Base64-encoded bodies or
unsupported characters cause request failures" (SendMessage reference, "Usage notes"). OSS sends its notifications in
base64 too. By default every SDK of SMQ decodes it, as does an EventBridge stream (its
``SourceMNSParameters.IsBase64Decode``). So a record that is sent again comes back in the form of all others, and all
these tools can read a dead letter. The price is a quarter of the 64 KB that a message may have.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mns.queue import Message, Queue

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.adapters.alibaba.smq_connection import ConnectionPerRequest, open_queue
from imagesearch_ingest.adapters.alibaba.smq_errors import translate_errors
from imagesearch_ingest.adapters.alibaba.tls import tls_context
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.credentials import CredentialSource
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason

MAX_MESSAGE_BYTES = 64 * 1024  # bytes of base64 (SMQ, "Limits")
MAX_TEXT_BYTES = MAX_MESSAGE_BYTES // 4 * 3
MAX_DELAY_SECONDS = 7 * 24 * 3600  # SendMessage reference, "DelaySeconds"


class SmqQueue:
    """One queue. Safe to be used by several threads. Timeouts are in seconds.

    Raise ``SettingsError`` if the URL is not a queue's, or if the CA bundle holds no certificates.
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
            address = SmqAddress.parse(url)
        except ValueError as error:
            raise SettingsError(f"{url} is not a queue of Simple Message Queue: {error}") from None
        try:
            tls = tls_context(ca_bundle) if address.is_tls else None
        except OSError as error:
            raise SettingsError(f"{ca_bundle} is not a bundle of CA certificates: {error}") from None
        self._http = ConnectionPerRequest(address, tls, connect_timeout, read_timeout)
        self._credentials = credentials

    @contextmanager
    def call(self, action: str) -> Iterator[Queue]:
        """Yield the SDK's queue for one call. Raise ``IngestError`` if the call fails while doing ``action``."""
        with translate_errors(action, self._http.address.host):
            yield open_queue(self._http, self._credentials.get())

    def send_text(self, text: str, action: str, *, delay_seconds: int | None = None) -> None:
        """Send one message, which the queue delivers after ``delay_seconds``."""
        body = base64.b64encode(text.encode()).decode()
        with self.call(action) as queue:
            sent = queue.send_message(Message(body, delay_seconds=delay_seconds))
        if not sent.message_id:
            raise UNREADABLE_RESPONSE.error(action)


class SmqDeadLetterQueue(SmqQueue):
    """A ``DeadLetterQueue``."""

    def send(self, letter: DeadLetter) -> None:
        """Write one dead letter. If it is too long, cut the end of its original event."""
        self.send_text(letter.fitting(MAX_TEXT_BYTES).to_json(), "writing to the dead-letter queue")


class SmqRetryQueue(SmqQueue):
    """A ``RetryQueue``."""

    def requeue(self, body: str, seconds: int) -> None:
        """Send a record that the queue delivers again after some seconds.

        Raise ``INTERNAL_ERROR``, for one attempt, if the body is too long. Other reasons would do harm. A permanent one
        would turn a record that only has to wait into a dead letter. A systemic one would stop the other records. A
        throttled one would be retried until the time is up. The record stays unsettled, so its batch comes again.
        """
        action, size = "sending a record to the queue again", len(body.encode())
        if size > MAX_TEXT_BYTES:
            detail = f"{action} failed: it has {size} bytes; a message holds at most {MAX_TEXT_BYTES}"
            raise IngestError(Reason.INTERNAL_ERROR, detail, attempts=1)
        self.send_text(body, action, delay_seconds=max(0, min(seconds, MAX_DELAY_SECONDS)))
