"""The local AWS: S3 and SQS by moto, the event source mapping and Lambda."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from moto.sqs.models import sqs_backends

from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue
from imagesearch_ingest.dead_letters import DeadLetter
from local_cloud.aws import POLLER_ACCESS_KEY_ID, AwsServer
from local_cloud.clouds import aws_stack
from local_cloud.clouds.cloud import FUNCTION_TIMEOUT_SECONDS, LocalCloud, parse_letters
from local_cloud.clouds.state import BucketObject
from local_cloud.runtimes.function import LocalFunction
from local_cloud.runtimes.handlers import find_handler
from local_cloud.sqs.queue import StandardQueue
from local_cloud.stacks import Stack
from local_cloud.triggers.event_source import EventSource

BATCH_SIZE = 10  # of the event source
MAX_RECEIVE_COUNT = 1000  # as in the template: a backstop that no record reaches in practice


class AwsCloud(LocalCloud):
    """A local cloud on AWS. ``s3`` and ``sqs`` are clients that act as an operator or another system."""

    REGION = "ap-southeast-1"
    FUNCTION_ROOT, RUNTIME = find_handler("aws")

    aws: AwsServer

    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, Metadata=dict(metadata or {}))

    def remove(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def objects(self) -> Iterator[BucketObject]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        for item in (item for page in pages for item in page.get("Contents", [])):
            response = self.s3.get_object(Bucket=self.bucket, Key=item["Key"])
            yield BucketObject(item["Key"], response["Body"].read(), response["Metadata"])

    def dead_letters(self) -> list[dict[str, Any]]:
        *_, account, name = self.dead_letter_queue.split("/")
        queue = sqs_backends[account][self.sqs.meta.region_name].queues[name]  # moto runs in this process
        assert isinstance(queue, StandardQueue)  # noqa: S101 - it is not a FIFO queue
        return list(parse_letters(message.body for message in queue.all_messages()))

    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        SqsDeadLetterQueue(self.sqs, self.dead_letter_queue).send(DeadLetter.model_validate(letter))

    def addresses(self) -> dict[str, Any]:
        return {
            "image_search": self._image_search_access(),
            "s3": self.aws.url,
            "sqs": self.aws.url,
            "queue": self.queue,
            "dead_letter_queue": self.dead_letter_queue,
            "rule_dead_letter_queue": self.rule_dead_letter_queue,
        }

    def _platform_environ(self) -> dict[str, str]:
        queues = {"INGEST_QUEUE_URL": self.queue, "INGEST_DEAD_LETTER_QUEUE_URL": self.dead_letter_queue}
        return self.aws.environ() | queues

    def _start_storage(self, stack: ExitStack) -> None:
        if self._beside:
            self.aws = self._beside.aws
        else:
            self.aws = AwsServer(self._port and self._port + 1)
            stack.callback(self.aws.close)
            self.aws.start()
        self.s3, self.sqs = self.aws.client("s3"), self.aws.client("sqs")
        self._create_queues()
        if self._beside:
            self._announce(self.queue_arn)
        else:
            self._create_bucket()
        self.aws.stacks.add(self.name, self._describe_stack)

    def _describe_stack(self) -> Stack:
        outputs = {"BucketName": self.bucket, "QueueUrl": self.queue, "DeadLetterQueueUrl": self.dead_letter_queue}
        return aws_stack.describe_stack(
            self.name,
            self.aws,
            self.environ(),
            outputs={**outputs, "RuleDeadLetterQueueUrl": self.rule_dead_letter_queue},
            queue_arn=self.queue_arn,
            batch_size=BATCH_SIZE,
            timeout_seconds=FUNCTION_TIMEOUT_SECONDS,
        )

    def _create_queues(self) -> None:
        self.dead_letter_queue = self._create_queue(self._own("ingest-dead-letters"))
        # For events that EventBridge cannot deliver. Here S3 notifies the queue itself, so only tests fill it.
        self.rule_dead_letter_queue = self._create_queue(self._own("ingest-rule-dead-letters"))
        redrive = {"deadLetterTargetArn": self.find_arn(self.dead_letter_queue), "maxReceiveCount": MAX_RECEIVE_COUNT}
        self.queue = self._create_queue(self._own("ingest"), RedrivePolicy=json.dumps(redrive))
        self.queue_arn = self.find_arn(self.queue)

    def _create_queue(self, name: str, **attributes: str) -> str:
        fortnight = {"MessageRetentionPeriod": "1209600", "VisibilityTimeout": str(self._visibility_seconds)}
        url: str = self.sqs.create_queue(QueueName=name, Attributes=fortnight | attributes)["QueueUrl"]
        return url

    def find_arn(self, url: str) -> str:
        response = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = response["Attributes"]["QueueArn"]
        return arn

    def _create_bucket(self) -> None:
        self.s3.create_bucket(Bucket=self.bucket)
        self._announce(self.queue_arn)

    def _announce(self, *queue_arns: str) -> None:
        """Announce the bucket's objects to these queues, instead of this deployment's, and to those of others.

        S3 itself would refuse two notifications about the same objects. Here they stand for EventBridge, in which each
        stack has a rule of its own.
        """
        found = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)
        others = [one for one in found.get("QueueConfigurations", []) if one["QueueArn"] != self.queue_arn]
        events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
        wanted = [*others, *({"QueueArn": arn, "Events": events} for arn in queue_arns)]
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": wanted}
        )

    def _stop_announcing(self) -> None:
        self._announce()

    def _delete_queues(self) -> None:
        for url in (self.queue, self.dead_letter_queue, self.rule_dead_letter_queue):
            self.sqs.delete_queue(QueueUrl=url)
        self.aws.stacks.remove(self.name)

    def _start_function(self, stack: ExitStack) -> None:
        self.function = LocalFunction(
            self.FUNCTION_ROOT, self.environ(), timeout_seconds=FUNCTION_TIMEOUT_SECONDS, on_log=self._on_log
        )
        event_source = EventSource(
            self.aws.client("sqs", POLLER_ACCESS_KEY_ID),
            self.queue,
            self.queue_arn,
            self.function.invoke,
            batch_size=BATCH_SIZE,
        )
        # Called in reverse order: start no more invocations, kill the running ones, wait for the pollers.
        stack.callback(event_source.join)
        stack.callback(self.function.close)
        stack.callback(event_source.stop)
        event_source.start()
