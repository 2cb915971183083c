"""The local cloud of one row: the limiter and the queue are the scenario's, and the backlog is in the queue."""

import json
from io import BytesIO

from moto.sqs.models import SQSBackend

from benchmarks.images.photograph import photograph
from benchmarks.throughput.scenarios import TUTORIAL, TUTORIAL_VISIBILITY_SECONDS, Scenario
from local_cloud.clouds.aws import AwsCloud

_VISIBILITY_SECONDS = 1800  # as in template.yaml
_KEY = "shoes/{:05}.jpg"
_WIDTH, _HEIGHT = 640, 480


class BenchCloud(AwsCloud):
    """With the limiter and the queue of a scenario, and no function of its own."""

    def __init__(self, scenario: Scenario) -> None:
        self.LIMITER = scenario.limiter
        is_tutorial = scenario.handler == TUTORIAL
        environ = {"INGEST_ADDS_PER_SECOND": f"{scenario.quota:g}", "INGEST_MAX_CONCURRENCY": str(scenario.workers)}
        visibility = TUTORIAL_VISIBILITY_SECONDS if is_tutorial else _VISIBILITY_SECONDS
        super().__init__(environ, with_function=False, visibility_seconds=visibility)
        self.scenario = scenario
        # It counts the whole queue three times for each message that is received, which takes a tenth of a second.
        SQSBackend.is_message_valid_based_on_retention_period = lambda *_: True  # type: ignore[method-assign]

    def fill(self) -> set[str]:
        """Uploads the backlog."""
        buffer = BytesIO()
        photograph(_WIDTH, _HEIGHT, seed=_WIDTH).save(buffer, "JPEG", quality=90)
        keys = [_KEY.format(number) for number in range(self.scenario.backlog)]
        self.sqs.purge_queue(QueueUrl=self.queue)  # of S3's own test event, which a tutorial's handler knows nothing of
        for key in keys:
            self.upload(key, buffer.getvalue())
        return set(keys)

    def give_up_after(self, receives: int) -> None:
        """As a tutorial's queue does, into a queue that holds bare events."""
        arn = self.find_arn(self.dead_letter_queue)
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"RedrivePolicy": redrive})
