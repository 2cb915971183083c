"""The local cloud of one row, with the scenario's limiter, queue and backlog."""

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
    """A local cloud for a scenario, without a function."""

    def __init__(self, scenario: Scenario) -> None:
        self.LIMITER = scenario.limiter
        is_tutorial = scenario.handler == TUTORIAL
        environ = {"INGEST_ADDS_PER_SECOND": f"{scenario.quota:g}", "INGEST_MAX_CONCURRENCY": str(scenario.workers)}
        visibility = TUTORIAL_VISIBILITY_SECONDS if is_tutorial else _VISIBILITY_SECONDS
        super().__init__(environ, with_function=False, visibility_seconds=visibility)
        self.scenario = scenario
        # The original counts the whole queue three times for each message received, which takes a tenth of a second.
        SQSBackend.is_message_valid_based_on_retention_period = lambda *_: True  # type: ignore[method-assign]

    def fill(self) -> set[str]:
        """Upload the backlog and return its keys."""
        buffer = BytesIO()
        photograph(_WIDTH, _HEIGHT, seed=_WIDTH).save(buffer, "JPEG", quality=90)
        keys = [_KEY.format(number) for number in range(self.scenario.backlog)]
        self.sqs.purge_queue(QueueUrl=self.queue)  # the tutorial's handler cannot read the test event of S3
        for key in keys:
            self.upload(key, buffer.getvalue())
        return set(keys)

    def redrive_after(self, receives: int) -> None:
        """Redrive messages after so many receives, as the tutorial's queue does."""
        arn = self.find_arn(self.dead_letter_queue)
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"RedrivePolicy": redrive})
