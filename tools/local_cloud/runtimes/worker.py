"""Poll the Runtime API inside a worker process and run the handler on each invocation."""

import http.client
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_PREFIX = "/2018-06-01/runtime"  # Lambda developer guide, "Runtime API"


def serve(root: str, handler: str, run: Callable[[Any, bytes, http.client.HTTPMessage], Any]) -> None:
    """Handle invocations until the API closes the connection.

    ``handler`` is ``module.function`` in the folder ``root``. ``run`` calls it with the payload and the headers.
    """
    sys.path.insert(0, root)
    module, _, name = handler.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    with suppress(http.client.HTTPException, OSError):  # the parent process has ended
        while True:
            _serve_one(api, lambda payload, headers: run(function, payload, headers))


def _serve_one(api: http.client.HTTPConnection, run: Callable[[bytes, http.client.HTTPMessage], Any]) -> None:
    api.request("GET", f"{_PREFIX}/invocation/next")
    invocation = api.getresponse()
    payload = invocation.read()
    try:
        path, result = "response", run(payload, invocation.headers)
    except Exception as error:  # noqa: BLE001 - the runtime reports every exception of the handler
        path, result = "error", _describe(error)
    request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", f"{_PREFIX}/invocation/{request_id}/{path}", json.dumps(result))
    api.getresponse().read()


def _describe(error: Exception) -> dict[str, Any]:
    """Return the error body that Lambda's Runtime API takes ("Invocation error")."""
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_exception(error),
    }
