"""One bucket, its queues, one Image Search instance, and the function between them, put together."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from imagesearch_ingest.adapters.sqs import peek
from imagesearch_ingest.settings import Settings
from local_cloud import state
from local_cloud.aws import AwsServer
from local_cloud.event_source import EventSource
from local_cloud.function import LocalFunction
from local_cloud.image_search import ImageSearchService

FUNCTION_ROOT = Path(__file__).parents[2] / "functions" / "ingest_s3"
ACCESS_KEY_ID, ACCESS_KEY_SECRET = "LTAI-local", "local-secret"
DEFAULTS = {"INGEST_INSTANCE_NAME": "demo", "INGEST_INSTANCE_REGION": "ap-southeast-1"}
OVERWRITTEN = {
    "INGEST_CA_BUNDLE",
    "INGEST_CREDENTIALS_SECRET",
    "INGEST_DEAD_LETTER_QUEUE_URL",
    "INGEST_HTTPS_PROXY",
    "INGEST_INSTANCE_ENDPOINT",
    "INGEST_QUEUE_URL",
}
FUNCTION_TIMEOUT_SECONDS = 60
VISIBILITY_SECONDS = 90
MAX_RECEIVE_COUNT = 1000  # the backstop of design section 2, as in the template


class LocalCloud:
    """Everything between ``upload`` and the index, as deployed on AWS; a context manager.

    ``environ`` holds the function's own settings (``INGEST_*``); whatever names an endpoint, a queue or a key is
    overwritten. Raises ``OSError`` when ``port`` (the proxy's; S3 and SQS take the next one) is taken. With
    ``with_function=False`` nobody takes the events from the queue.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        bucket: str = "pictures",
        port: int = 0,
        state_dir: Path | None = None,
        with_function: bool = True,
        visibility_seconds: int = VISIBILITY_SECONDS,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._given = _function_settings(environ or {})
        self.instance = self._given["INGEST_INSTANCE_NAME"]
        self.bucket = bucket
        self._port = port
        self._state_dir = state_dir
        self._with_function = with_function
        self._visibility_seconds = visibility_seconds
        self._on_log = on_log
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """All of it or nothing: what was started is stopped again if the rest cannot be."""
        with ExitStack() as started:
            self._start(started)
            self._stack = started.pop_all()

    def close(self) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        self.image_search = ImageSearchService(
            instance=self.instance,
            region=self._given["INGEST_INSTANCE_REGION"],
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
            state_dir=self._state_dir and self._state_dir / "image_search",
            port=self._port,
        )
        stack.callback(self.image_search.close)
        self.image_search.start()
        self.aws = AwsServer(self._port and self._port + 1)
        stack.callback(self.aws.close)
        self.aws.start()
        self.s3, self.sqs = self.aws.client("s3"), self.aws.client("sqs")
        self._make_queues()
        self._make_bucket()
        if self._state_dir:
            state.load(self._state_dir, self)
            stack.callback(state.save, self._state_dir, self)
        if self._with_function:
            self._start_function(stack)

    def _make_queues(self) -> None:
        self.dead_letter_queue = self._make_queue("ingest-dead-letters")
        redrive = {"deadLetterTargetArn": self._queue_arn(self.dead_letter_queue), "maxReceiveCount": MAX_RECEIVE_COUNT}
        self.queue = self._make_queue("ingest", RedrivePolicy=json.dumps(redrive))
        self.queue_arn = self._queue_arn(self.queue)

    def _make_queue(self, name: str, **attributes: str) -> str:
        fortnight = {"MessageRetentionPeriod": "1209600", "VisibilityTimeout": str(self._visibility_seconds)}
        url: str = self.sqs.create_queue(QueueName=name, Attributes=fortnight | attributes)["QueueUrl"]
        return url

    def _queue_arn(self, url: str) -> str:
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = answer["Attributes"]["QueueArn"]
        return arn

    def _make_bucket(self) -> None:
        self.s3.create_bucket(Bucket=self.bucket)
        uploads = {"QueueArn": self.queue_arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [uploads]}
        )

    def _start_function(self, stack: ExitStack) -> None:
        self.function = LocalFunction(
            FUNCTION_ROOT, self.environ(), timeout_seconds=FUNCTION_TIMEOUT_SECONDS, on_log=self._on_log
        )
        event_source = EventSource(self.aws.client("sqs"), self.queue, self.queue_arn, self.function.invoke)
        # Called last to first: no more invocations, those under way killed, their pollers ended.
        stack.callback(event_source.join)
        stack.callback(self.function.close)
        stack.callback(event_source.stop)
        event_source.start()

    def environ(self) -> dict[str, str]:
        """The function's environment: what a template would set, with the endpoints of this machine."""
        return {
            "PATH": os.environ.get("PATH", ""),
            **self._given,
            **self.aws.environ(),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
            "INGEST_CA_BUNDLE": str(self.image_search.ca_path),
            "INGEST_DEAD_LETTER_QUEUE_URL": self.dead_letter_queue,
            "INGEST_HTTPS_PROXY": self.image_search.proxy_url,
            "INGEST_QUEUE_URL": self.queue,
        }

    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        """``data`` is bytes or an open file; ``metadata`` is the user's, ASCII."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, Metadata=dict(metadata or {}))

    def dead_letters(self) -> list[dict[str, Any]]:
        """What is in the dead-letter queue, without taking it out; a letter may be there more than once."""
        return [json.loads(message["Body"]) for message in peek(self.sqs, self.dead_letter_queue, wait_seconds=0)]


def check_settings(environ: Mapping[str, str]) -> None:
    """Raises ``SettingsError`` for what ``LocalCloud(environ)`` would hand to the function, before it is started."""
    later = dict.fromkeys(("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"), "http://127.0.0.1/not-made-yet")
    Settings.from_env(_function_settings(environ) | later)


def _function_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The given settings, over defaults; what names the way to a real cloud is left out."""
    ours = {name: value for name, value in environ.items() if name.startswith("INGEST_") and value}
    return DEFAULTS | {name: value for name, value in ours.items() if name not in OVERWRITTEN}
