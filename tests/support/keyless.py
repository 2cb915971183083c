"""A keyless function at work on a local cloud, everything that it writes, and everything that is secret."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

from moto.sqs.exceptions import SQSException
from moto.sqs.models import sqs_backends

from local_cloud.clouds.keyless import KeylessAwsCloud
from local_cloud.sqs.queue import StandardQueue
from tests.e2e.conftest import wait_until
from tests.support.pictures import jpeg

_IN_FLIGHT = range(300, 401)  # seconds: a message at work is hidden for so long, and one that waits is not
_VISIBILITY_SECONDS = 400


class QuickKeylessCloud(KeylessAwsCloud):
    """An instance whose quota nobody has to wait for."""

    ADDS_A_SECOND = 1000


class KeylessWorld:
    """A local cloud with its function, which runs in worker processes. ``written`` is every line of their logs."""

    def __init__(self, **settings: str) -> None:
        self.written: list[str] = []
        self.cloud = QuickKeylessCloud(settings, visibility_seconds=_VISIBILITY_SECONDS, on_log=self.written.append)
        self._seen = 0
        self._keys: list[str] = []

    def upload(self, name: str, count: int = 3) -> list[str]:
        """Upload pictures, whose outcomes are those since now, and return their keys."""
        self._seen = len(self.written)
        keys = [f"{name}/{number}.jpg" for number in range(count)]
        for key in keys:
            self.cloud.upload(key, jpeg())
        self._keys += keys
        return keys

    def outcomes(self, keys: list[str], seconds: float = 30) -> dict[str, dict[str, Any]]:
        """Wait until each object has an outcome. Return the latest of each."""

        def find() -> dict[str, dict[str, Any]]:
            lines = [json.loads(line) for line in self.written[self._seen :]]
            return {line["key"]: line for line in lines if line.get("message") == "object" and line.get("key") in keys}

        wait_until(lambda: find().keys() == set(keys), seconds)
        return find()

    def indexed(self) -> set[str]:
        return {entry.pic_name for entry in self.cloud.image_search.entries()}

    def recover(self) -> None:
        """Show the messages that wait, as time would, until each is done and every picture so far is in the index."""
        end = time.monotonic() + 30
        while messages := self._queue.all_messages():
            assert time.monotonic() < end, f"not indexed: {sorted(set(self._keys) - self.indexed())}"
            for message in messages:
                seconds = round(message.visible_at / 1000 - time.time())
                if seconds > 0 and seconds not in _IN_FLIGHT:
                    with suppress(SQSException):  # gone, or visible already
                        self._queue.change_visibility(str(message.receipt_handle), 0)
            time.sleep(0.1)
        assert set(self._keys) <= self.indexed()

    @property
    def _queue(self) -> StandardQueue:
        *_, account, name = self.cloud.queue.split("/")
        queue = sqs_backends[account][self.cloud.sqs.meta.region_name].queues[name]
        assert isinstance(queue, StandardQueue)
        return queue

    def secrets(self) -> set[str]:
        """Return everything that nobody may read: the tokens, and the keys that were made of them."""
        keys = [(key.access_key_id, key.access_key_secret, key.security_token) for key in self.cloud.sts.keys]
        tokens = self.cloud.federation.issued
        parts = [part for token in tokens for part in token.split(".")[1:]]
        return {*tokens, *parts, *(value for key in keys for value in key)}

    def find_leaks(self, *texts: str) -> list[str]:
        """Return the secrets that the logs, the letters, the messages or other texts hold, however encoded."""
        letters = json.dumps(self.cloud.dead_letters())
        messages = "\n".join(message.body for message in self._queue.all_messages())
        written = "\n".join([*self.written, letters, messages, *texts])
        return [secret for secret in self.secrets() if any(form in written for form in forms_of(secret))]


def forms_of(secret: str) -> Iterator[str]:
    """Yield a secret as it is, percent-encoded once and twice, and as it looks inside of base64 at each offset."""
    for form in (secret, quote(secret, safe=""), quote_plus(secret), quote(quote(secret, safe=""), safe="")):
        yield form
        yield json.dumps(form)[1:-1]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            text = encode(b"x" * offset + secret.encode()).decode()
            start = -(-offset * 8 // 6)
            yield text[start + (offset > 0) : -4]


Plant = Callable[[KeylessWorld], None]
