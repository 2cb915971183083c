"""The program inside a process of a function on Function Compute, as its python3.12 runtime calls a handler.

Run as: python -m local_cloud.fc_runtime, with AWS_LAMBDA_RUNTIME_API, FC_FUNC_CODE_PATH and FC_FUNCTION_HANDLER set.
"""

import http.client
import os
from dataclasses import dataclass
from typing import Any

from local_cloud.runtime_process import serve


@dataclass(frozen=True)
class FunctionMeta:
    name: str
    handler: str
    memory: int
    timeout: float
    version_id: str
    qualifier: str


class Context:
    """What a handler may ask of its invocation. No ``credentials``: those are in the environment (FC docs, Context)."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.account_id = os.environ["FC_ACCOUNT_ID"]
        self.region = os.environ["FC_REGION"]
        self.function = FunctionMeta(
            name=os.environ["FC_FUNCTION_NAME"],
            handler=os.environ["FC_FUNCTION_HANDLER"],
            memory=int(os.environ["FC_FUNCTION_MEMORY_SIZE"]),
            timeout=float(os.environ["FC_LOCAL_TIMEOUT_SECONDS"]),
            version_id=os.environ["FC_FUNCTION_VERSION"],
            qualifier="LATEST",
        )


def run(handler: Any, payload: bytes, headers: http.client.HTTPMessage) -> Any:  # noqa: ANN401 - any handler
    return handler(payload, Context(headers))


if __name__ == "__main__":
    serve(os.environ["FC_FUNC_CODE_PATH"], os.environ["FC_FUNCTION_HANDLER"], run)
