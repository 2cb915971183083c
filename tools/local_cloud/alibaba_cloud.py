"""The path on Alibaba Cloud: OSS and its event notification, SMQ, EventBridge's stream, Function Compute."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local_cloud.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET, FUNCTION_TIMEOUT_SECONDS, LocalCloud, StoredObject
from local_cloud.event_stream import EventStream, RunOptions
from local_cloud.function import FUNCTION_COMPUTE, LocalFunction
from local_cloud.image_search.certificates import Authority
from local_cloud.oss import OssService
from local_cloud.oss_notifications import NotificationRule
from local_cloud.smq import SmqService

QUEUE, DEAD_LETTER_QUEUE = "ingest", "ingest-dead-letters"
SEVEN_DAYS = 7 * 24 * 3600  # as in the template: the most that SMQ keeps a message
BATCH_SIZE = 10
CONCURRENCY = 2


class AlibabaCloud(LocalCloud):
    """``oss`` and ``smq`` are the services themselves, ``bucket_owner`` what a person does with the bucket.

    ``stream`` is what invokes the function, as ``options`` say.
    """

    REGION = "cn-shanghai"
    SECURITY_TOKEN = "local-token"  # noqa: S105 - a function's role has temporary keys
    FUNCTION_ROOT = Path(__file__).parents[2] / "functions" / "ingest_oss"
    RUNTIME = FUNCTION_COMPUTE

    # As s.yaml, but for smaller arrays: a dozen pictures are more than one.
    options = RunOptions(count_window=BATCH_SIZE, retries="EXPONENTIAL_DECAY_RETRY", concurrency=CONCURRENCY)
    stream: EventStream

    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        content = data if isinstance(data, bytes) else data.read()
        self.bucket_owner.put(self.bucket, key, content, metadata)

    def remove(self, key: str) -> None:
        self.bucket_owner.remove(self.bucket, key)

    def objects(self) -> Iterator[StoredObject]:
        for stored in self.oss.objects(self.bucket):
            yield StoredObject(stored.key, stored.data, stored.metadata)

    def dead_letters(self) -> list[dict[str, Any]]:
        return [json.loads(message.text) for message in self.smq.messages(DEAD_LETTER_QUEUE)]

    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        self.smq.queue(DEAD_LETTER_QUEUE).send(json.dumps(letter))

    def addresses(self) -> dict[str, str]:
        return {
            "oss": self.oss.url,
            "smq": self.smq.url,
            "queue": self.smq.queue_url(QUEUE),
            "dead_letter_queue": self.smq.queue_url(DEAD_LETTER_QUEUE),
        }

    def _own_environ(self) -> dict[str, str]:
        return {
            "ALIBABA_CLOUD_SECURITY_TOKEN": self.SECURITY_TOKEN,
            "FC_REGION": self.REGION,
            "INGEST_BUCKET_ENDPOINT": self.oss.url,
            "INGEST_DEAD_LETTER_QUEUE_URL": self.smq.queue_url(DEAD_LETTER_QUEUE),
            "INGEST_QUEUE_URL": self.smq.queue_url(QUEUE),
        }

    def _start_storage(self, stack: ExitStack) -> None:
        folder = self.image_search.ca_path.parent  # one authority for all, as one is all that the function is told of
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
            authority=Authority(folder),
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
        # Called last to first: no more invocations, those under way killed, their pollers ended.
        stack.callback(self.stream.join)
        stack.callback(self.function.close)
        stack.callback(self.stream.stop)
        self.stream.start()
