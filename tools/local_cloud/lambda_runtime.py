"""The program inside a worker process: asks the Runtime API for invocations and runs the handler on them.

It stands in for AWS's own ``awslambdaric``, which is built for Linux alone (Lambda developer guide, Runtime API).
Run as: python -m local_cloud.runtime_process, with AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT and _HANDLER set.
"""

import http.client
import importlib
import json
import os
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

_PREFIX = "/2018-06-01/runtime"


class Context:
    """What a handler may ask of its invocation."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - round(time.time() * 1000))


def main() -> None:
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, _, function = os.environ["_HANDLER"].rpartition(".")
    handler = getattr(importlib.import_module(module), function)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    with suppress(http.client.HTTPException, OSError):  # the API has hung up: whoever started this has ended
        while True:
            _serve_one(api, handler)


def _serve_one(api: http.client.HTTPConnection, handler: Any) -> None:  # noqa: ANN401 - whatever the function exports
    api.request("GET", f"{_PREFIX}/invocation/next")
    invocation = api.getresponse()
    event = json.loads(invocation.read())
    context = Context(invocation.headers)
    try:
        path, answer = "response", handler(event, context)
    except Exception as error:  # noqa: BLE001 - the runtime reports whatever the handler raises
        path, answer = "error", _describe(error)
    api.request("POST", f"{_PREFIX}/invocation/{context.aws_request_id}/{path}", json.dumps(answer))
    api.getresponse().read()


def _describe(error: Exception) -> dict[str, Any]:
    """Lambda developer guide, Runtime API, Invocation error."""
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_exception(error),
    }


if __name__ == "__main__":
    main()
