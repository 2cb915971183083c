"""S3, SQS and Lambda, with faults between them."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

from botocore.exceptions import ClientError

from imagesearch_ingest.events import encode_event_key
from local_cloud.clouds.aws import AwsCloud
from local_cloud.runtimes.function import FunctionError, LocalFunction
from local_cloud.triggers.event_source import EventSource
from tests.chaos_real import pages
from tests.chaos_real.places import MAX_DEFER_SECONDS, Place, Source
from tests.chaos_real.uploads import Upload

_DEAD_LETTER_QUEUE = b"ingest-dead-letters"  # appears in each request to the queue


class Aws(Place):
    CLOUD = AwsCloud

    def announce(self, upload: Upload) -> None:
        stored = {"key": encode_event_key(upload.key), "size": len(upload.data), "eTag": upload.etag}
        s3 = {"bucket": {"name": self.cloud.bucket}, "object": stored}
        record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}
        self.cloud.sqs.send_message(QueueUrl=self.cloud.queue, MessageBody=json.dumps({"Records": [record]}))

    def pending(self) -> int:
        answer = self.cloud.sqs.get_queue_attributes(QueueUrl=self.cloud.queue, AttributeNames=["All"])
        return sum(int(count) for name, count in answer["Attributes"].items() if "NumberOfMessages" in name)

    def refuse_dead_letters(self, *, refused: bool) -> None:
        self.legs["aws"].refused = _DEAD_LETTER_QUEUE if refused else None

    def _lossy_environ(self, stack: ExitStack) -> dict[str, str]:
        environ: dict[str, str] = self.cloud.environ()
        aws = self._through("aws", self.cloud.aws.url, stack, plain=True, answers=pages.of_aws)
        search = self._through("image_search", environ["INGEST_HTTPS_PROXY"], stack)
        return environ | {"AWS_ENDPOINT_URL": aws, "INGEST_HTTPS_PROXY": search}

    def _source(self, function: LocalFunction) -> Source:
        sqs = self.cloud.aws.client("sqs")
        return EventSource(sqs, self.cloud.queue, self.cloud.queue_arn, self._shorten_waits(function.invoke, sqs))

    def _shorten_waits(self, invoke: Callable[[Any], Any], sqs: Any) -> Callable[[Mapping[str, Any]], Any]:
        """Return a function that invokes, then makes the failed records visible soon."""

        def invoked(event: Mapping[str, Any]) -> Any:
            receipts = {record["messageId"]: record["receiptHandle"] for record in event["Records"]}
            try:
                answer = invoke(event)
            except FunctionError:
                self._show(sqs, receipts.values())
                raise
            self._show(sqs, (receipts[failed["itemIdentifier"]] for failed in answer["batchItemFailures"]))
            return answer

        return invoked

    def _show(self, sqs: Any, receipts: Iterable[str]) -> None:
        for receipt in receipts:
            with suppress(ClientError):  # settled, or visible again
                sqs.change_message_visibility(
                    QueueUrl=self.cloud.queue, ReceiptHandle=receipt, VisibilityTimeout=MAX_DEFER_SECONDS
                )
