"""The program of a Lambda worker process.

It stands in for AWS's ``awslambdaric``, which is built only for Linux (Lambda developer guide, "Runtime API").
Run as: python -m local_cloud.runtimes.lambda_runtime, with AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT and _HANDLER set.
"""

import http.client
import json
import os
import time
from typing import Any

from local_cloud.runtimes.worker import serve


class Context:
    """The context that Lambda passes to a handler."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - round(time.time() * 1000))


def run(handler: Any, payload: bytes, headers: http.client.HTTPMessage) -> Any:  # noqa: ANN401 - any handler
    return handler(json.loads(payload), Context(headers))


if __name__ == "__main__":
    serve(os.environ["LAMBDA_TASK_ROOT"], os.environ["_HANDLER"], run)
