"""AWS Lambda: takes a batch of a bucket's events from SQS, answers which of its messages stay in the queue."""

import os
from functools import cache
from typing import Any

from imagesearch_ingest.bootstrap.aws import lambda_worker, misconfigured_worker
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker
from imagesearch_ingest.model.errors import SettingsError


@cache
def worker() -> LambdaWorker:
    """Made at the first invocation and kept; a failed start is tried again at the next one."""
    return lambda_worker(os.environ)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - made by the Lambda runtime
    try:
        run = worker().run
    except SettingsError as fault:
        run = misconfigured_worker(os.environ, fault).run
    return run(event, seconds_left=context.get_remaining_time_in_millis() / 1000, request_id=context.aws_request_id)
