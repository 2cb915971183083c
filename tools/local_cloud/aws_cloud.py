"""The path on AWS: S3 and SQS by moto, the event source mapping, Lambda."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from moto.sqs.models import sqs_backends

from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue
from imagesearch_ingest.dead_letters import DeadLetter
from local_cloud.aws import AwsServer
from local_cloud.cloud import FUNCTION_TIMEOUT_SECONDS, LocalCloud, StoredObject
from local_cloud.event_source import EventSource
from local_cloud.function import LAMBDA, LocalFunction

MAX_RECEIVE_COUNT = 1000  # the backstop of design section 2, as in the template


class AwsCloud(LocalCloud):
    """``s3`` and ``sqs`` are clients of this cloud's own, for what a person or another system would do."""

    REGION = "ap-southeast-1"
    FUNCTION_ROOT = Path(__file__).parents[2] / "functions" / "ingest_s3"
    RUNTIME = LAMBDA

    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, Metadata=dict(metadata or {}))

    def remove(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def objects(self) -> Iterator[StoredObject]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        for item in (item for page in pages for item in page.get("Contents", [])):
            answer = self.s3.get_object(Bucket=self.bucket, Key=item["Key"])
            yield StoredObject(item["Key"], answer["Body"].read(), answer["Metadata"])

    def dead_letters(self) -> list[dict[str, Any]]:
        *_, account, name = self.dead_letter_queue.split("/")
        queue = sqs_backends[account][self.sqs.meta.region_name].queues[name]  # moto runs in this process
        return [json.loads(message.body) for message in queue.messages]

    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        SqsDeadLetterQueue(self.sqs, self.dead_letter_queue).send(DeadLetter.model_validate(letter))

    def addresses(self) -> dict[str, str]:
        return {
            "s3": self.aws.url,
            "sqs": self.aws.url,
            "queue": self.queue,
            "dead_letter_queue": self.dead_letter_queue,
        }

    def _own_environ(self) -> dict[str, str]:
        queues = {"INGEST_QUEUE_URL": self.queue, "INGEST_DEAD_LETTER_QUEUE_URL": self.dead_letter_queue}
        return self.aws.environ() | queues

    def _start_storage(self, stack: ExitStack) -> None:
        self.aws = AwsServer(self._port and self._port + 1)
        stack.callback(self.aws.close)
        self.aws.start()
        self.s3, self.sqs = self.aws.client("s3"), self.aws.client("sqs")
        self._make_queues()
        self._make_bucket()

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
            self.FUNCTION_ROOT, self.environ(), timeout_seconds=FUNCTION_TIMEOUT_SECONDS, on_log=self._on_log
        )
        event_source = EventSource(self.aws.client("sqs"), self.queue, self.queue_arn, self.function.invoke)
        # Called last to first: no more invocations, those under way killed, their pollers ended.
        stack.callback(event_source.join)
        stack.callback(self.function.close)
        stack.callback(event_source.stop)
        event_source.start()
