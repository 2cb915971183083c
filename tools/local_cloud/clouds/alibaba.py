"""The local Alibaba Cloud: OSS and its event notifications, SMQ, EventBridge's stream and Function Compute."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from local_cloud.clouds.cloud import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    FUNCTION_TIMEOUT_SECONDS,
    LocalCloud,
    parse_letters,
)
from local_cloud.clouds.state import BucketObject
from local_cloud.eventbridge import EventBridgeService, control_host
from local_cloud.oss import OssService
from local_cloud.oss.models import ACCOUNT
from local_cloud.runtimes.function import LocalFunction
from local_cloud.runtimes.handlers import find_handler
from local_cloud.server.errors import ServiceError
from local_cloud.smq import SmqService
from local_cloud.triggers.event_stream import EventStream, RunOptions
from local_cloud.triggers.oss_notifications import NotificationRule

QUEUE, DEAD_LETTER_QUEUE = "ingest", "ingest-dead-letters"
SEVEN_DAYS = 7 * 24 * 3600  # as in the template: the longest retention of SMQ
BATCH_SIZE = 10
CONCURRENCY = 2


class AlibabaCloud(LocalCloud):
    """A local cloud on Alibaba Cloud.

    ``oss``, ``smq`` and ``event_bridge`` are the services; the proxy of the local Image Search serves the host of the
    last. ``bucket_owner`` is a client of the bucket. ``stream`` invokes the
    function with the ``options``.
    """

    REGION = "cn-shanghai"
    SECURITY_TOKEN = "local-token"  # noqa: S105 - the keys of a function's role are temporary
    FUNCTION_ROOT, RUNTIME = find_handler("alibaba")

    # As in s.yaml, but with smaller batches, so that a dozen pictures need more than one.
    options = RunOptions(count_window=BATCH_SIZE, retries="EXPONENTIAL_DECAY_RETRY", concurrency=CONCURRENCY)
    stream: EventStream
    oss: OssService
    smq: SmqService
    event_bridge: EventBridgeService
    rules: dict[str, NotificationRule]  # by the deployment's name

    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        content = data if isinstance(data, bytes) else data.read()
        self.bucket_owner.put(self.bucket, key, content, metadata)

    def remove(self, key: str) -> None:
        self.bucket_owner.remove(self.bucket, key)

    def objects(self) -> Iterator[BucketObject]:
        for stored in self.oss.objects(self.bucket):
            yield BucketObject(stored.key, stored.data, stored.metadata)

    def dead_letters(self) -> list[dict[str, Any]]:
        return list(parse_letters(message.text for message in self.smq.messages(self._own(DEAD_LETTER_QUEUE))))

    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        self.smq.queue(self._own(DEAD_LETTER_QUEUE)).send(json.dumps(letter))

    def addresses(self) -> dict[str, Any]:
        return {
            "image_search": self._image_search_access(),
            "oss": self.oss.url,
            "smq": self.smq.url,
            "queue": self.smq.queue_url(self._own(QUEUE)),
            "dead_letter_queue": self.smq.queue_url(self._own(DEAD_LETTER_QUEUE)),
        }

    def _platform_environ(self) -> dict[str, str]:
        return {
            "ALIBABA_CLOUD_SECURITY_TOKEN": self.SECURITY_TOKEN,
            "FC_REGION": self.REGION,
            "INGEST_BUCKET_ENDPOINT": self.oss.url,
            "INGEST_DEAD_LETTER_QUEUE_URL": self.smq.queue_url(self._own(DEAD_LETTER_QUEUE)),
            "INGEST_QUEUE_URL": self.smq.queue_url(self._own(QUEUE)),
        }

    def _start_storage(self, stack: ExitStack) -> None:
        if self._beside:
            self.smq, self.oss, self.rules = self._beside.smq, self._beside.oss, self._beside.rules
            self.event_bridge = self._beside.event_bridge
        else:
            self._start_services(stack)
        self.image_search.serve_neighbour([control_host(self.REGION)], self.event_bridge.respond)
        for name in (QUEUE, DEAD_LETTER_QUEUE):
            self.smq.create_queue(
                self._own(name), visibility_timeout=self._visibility_seconds, message_retention_period=SEVEN_DAYS
            )
        if not self._beside:
            self._create_bucket()
        self.rules[self.name] = NotificationRule(self.smq.queue(self._own(QUEUE)))
        self.bucket_owner = self.oss.uploader()
        self.image_search.read_buckets_by(self._read_bucket)

    def _start_services(self, stack: ExitStack) -> None:
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
        self.event_bridge = EventBridgeService(  # answers through the proxy alone
            region=self.REGION,
            account=ACCOUNT,
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
            security_token=self.SECURITY_TOKEN,
        )
        for service in (self.smq, self.oss):
            stack.callback(service.close)
            service.start()

    def _create_bucket(self) -> None:
        self.oss.make_bucket(self.bucket)
        self.rules = {}
        self.oss.on_event = self._notify

    def _notify(self, event: Mapping[str, Any]) -> None:
        """Send an event to the queue of each deployment, as a topic with several subscriptions does.

        OSS refuses two rules about the same events of the same objects. So the bucket has one rule, and with a second
        deployment its endpoint is a topic (SMQ, CreateEventRule reference, "Endpoint").
        """
        for rule in list(self.rules.values()):
            rule.notify(event)

    def _stop_announcing(self) -> None:
        self.rules.pop(self.name, None)

    def _delete_queues(self) -> None:
        for name in (QUEUE, DEAD_LETTER_QUEUE):
            self.smq.delete_queue(self._own(name))

    def _read_bucket(self, name: str) -> Mapping[str, bytes]:
        """Return the objects by their keys. Raise ``LookupError`` without such a bucket in this region."""
        try:
            return {stored.key: stored.data for stored in self.oss.objects(name)}
        except ServiceError as error:
            raise LookupError(str(error)) from None

    def _start_function(self, stack: ExitStack) -> None:
        self.function = LocalFunction(
            self.FUNCTION_ROOT,
            self.environ(),
            runtime=self.RUNTIME,
            timeout_seconds=FUNCTION_TIMEOUT_SECONDS,
            on_log=self._on_log,
        )
        self.stream = EventStream(self.smq.queue(self._own(QUEUE)), self.function.invoke, self.options)
        # Called in reverse order: start no more invocations, kill the running ones, wait for the pollers.
        stack.callback(self.stream.join)
        stack.callback(self.function.close)
        stack.callback(self.stream.stop)
        self.stream.start()
