"""Handle a batch of a bucket's events from SQS in AWS Lambda, and report which messages stay in the queue."""

import os
from functools import cache
from typing import Any

from imagesearch_ingest.bootstrap.aws import lambda_worker, misconfigured_worker
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker
from imagesearch_ingest.model.errors import SettingsError


@cache
def worker() -> LambdaWorker:
    """Return the worker, created at the first invocation. A failed start is tried again at the next one."""
    return lambda_worker(os.environ)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's runtime creates it
    try:
        run = worker().run
    except SettingsError as fault:
        run = misconfigured_worker(os.environ, fault).run
    return run(event, seconds_left=context.get_remaining_time_in_millis() / 1000, request_id=context.aws_request_id)
