"""The loop inside a worker process: asks the Runtime API for invocations and runs the handler on them."""

import http.client
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_PREFIX = "/2018-06-01/runtime"  # Lambda developer guide, Runtime API


def serve(root: str, handler: str, run: Callable[[Any, bytes, http.client.HTTPMessage], Any]) -> None:
    """Until the API hangs up. ``handler`` is ``module.function`` in the folder ``root``; ``run`` calls it."""
    sys.path.insert(0, root)
    module, _, name = handler.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    with suppress(http.client.HTTPException, OSError):  # the API has hung up: whoever started this has ended
        while True:
            _serve_one(api, lambda payload, headers: run(function, payload, headers))


def _serve_one(api: http.client.HTTPConnection, run: Callable[[bytes, http.client.HTTPMessage], Any]) -> None:
    api.request("GET", f"{_PREFIX}/invocation/next")
    invocation = api.getresponse()
    payload = invocation.read()
    try:
        path, answer = "response", run(payload, invocation.headers)
    except Exception as error:  # noqa: BLE001 - the runtime reports whatever the handler raises
        path, answer = "error", _describe(error)
    request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", f"{_PREFIX}/invocation/{request_id}/{path}", json.dumps(answer))
    api.getresponse().read()


def _describe(error: Exception) -> dict[str, Any]:
    """Lambda developer guide, Runtime API, Invocation error."""
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_exception(error),
    }
