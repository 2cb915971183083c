"""The local Alibaba Cloud: OSS and its event notifications, SMQ, EventBridge's stream and Function Compute."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local_cloud.clouds.cloud import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    FUNCTION_TIMEOUT_SECONDS,
    LocalCloud,
    parse_letters,
)
from local_cloud.clouds.state import BucketObject
from local_cloud.oss import OssService
from local_cloud.runtimes.function import FUNCTION_COMPUTE, LocalFunction
from local_cloud.smq import SmqService
from local_cloud.triggers.event_stream import EventStream, RunOptions
from local_cloud.triggers.oss_notifications import NotificationRule

QUEUE, DEAD_LETTER_QUEUE = "ingest", "ingest-dead-letters"
SEVEN_DAYS = 7 * 24 * 3600  # as in the template: the longest retention of SMQ
BATCH_SIZE = 10
CONCURRENCY = 2


class AlibabaCloud(LocalCloud):
    """A local cloud on Alibaba Cloud.

    ``oss`` and ``smq`` are the services, and ``bucket_owner`` is a client of the bucket. ``stream`` invokes the
    function with the ``options``.
    """

    REGION = "cn-shanghai"
    SECURITY_TOKEN = "local-token"  # noqa: S105 - the keys of a function's role are temporary
    FUNCTION_ROOT = Path(__file__).parents[3] / "functions" / "ingest_oss"
    RUNTIME = FUNCTION_COMPUTE

    # As in s.yaml, but with smaller batches, so that a dozen pictures need more than one.
    options = RunOptions(count_window=BATCH_SIZE, retries="EXPONENTIAL_DECAY_RETRY", concurrency=CONCURRENCY)
    stream: EventStream

    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        content = data if isinstance(data, bytes) else data.read()
        self.bucket_owner.put(self.bucket, key, content, metadata)

    def remove(self, key: str) -> None:
        self.bucket_owner.remove(self.bucket, key)

    def objects(self) -> Iterator[BucketObject]:
        for stored in self.oss.objects(self.bucket):
            yield BucketObject(stored.key, stored.data, stored.metadata)

    def dead_letters(self) -> list[dict[str, Any]]:
        return list(parse_letters(message.text for message in self.smq.messages(DEAD_LETTER_QUEUE)))

    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        self.smq.queue(DEAD_LETTER_QUEUE).send(json.dumps(letter))

    def addresses(self) -> dict[str, Any]:
        return {
            "image_search": self._image_search_access(),
            "oss": self.oss.url,
            "smq": self.smq.url,
            "queue": self.smq.queue_url(QUEUE),
            "dead_letter_queue": self.smq.queue_url(DEAD_LETTER_QUEUE),
        }

    def _platform_environ(self) -> dict[str, str]:
        return {
            "ALIBABA_CLOUD_SECURITY_TOKEN": self.SECURITY_TOKEN,
            "FC_REGION": self.REGION,
            "INGEST_BUCKET_ENDPOINT": self.oss.url,
            "INGEST_DEAD_LETTER_QUEUE_URL": self.smq.queue_url(DEAD_LETTER_QUEUE),
            "INGEST_QUEUE_URL": self.smq.queue_url(QUEUE),
        }

    def _start_storage(self, stack: ExitStack) -> None:
        folder = self.image_search.ca_path.parent  # all services share one authority: the function takes one CA bundle
        self.smq = SmqService(
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
            security_token=self.SECURITY_TOKEN,
            state_dir=folder,
            port=self._port and self._port + 1,
        )
        self.oss = OssService(
            region=self.REGION,
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
            security_token=self.SECURITY_TOKEN,
            state_dir=folder,
            port=self._port and self._port + 2,
        )
        for service in (self.smq, self.oss):
            stack.callback(service.close)
            service.start()
        for name in (QUEUE, DEAD_LETTER_QUEUE):
            self.smq.create_queue(
                name, visibility_timeout=self._visibility_seconds, message_retention_period=SEVEN_DAYS
            )
        self.oss.make_bucket(self.bucket)
        self.oss.on_event = NotificationRule(self.smq.queue(QUEUE)).notify
        self.bucket_owner = self.oss.uploader()

    def _start_function(self, stack: ExitStack) -> None:
        self.function = LocalFunction(
            self.FUNCTION_ROOT,
            self.environ(),
            runtime=self.RUNTIME,
            timeout_seconds=FUNCTION_TIMEOUT_SECONDS,
            on_log=self._on_log,
        )
        self.stream = EventStream(self.smq.queue(QUEUE), self.function.invoke, self.options)
        # Called in reverse order: start no more invocations, kill the running ones, wait for the pollers.
        stack.callback(self.stream.join)
        stack.callback(self.function.close)
        stack.callback(self.stream.stop)
        self.stream.start()
