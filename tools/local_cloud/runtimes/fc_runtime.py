"""The program of a Function Compute worker process: calls a handler as the python3.12 runtime does.

Run as: python -m local_cloud.runtimes.fc_runtime, with AWS_LAMBDA_RUNTIME_API, FC_FUNC_CODE_PATH and
FC_FUNCTION_HANDLER set.
"""

import http.client
import os
from dataclasses import dataclass
from typing import Any

from local_cloud.runtimes.worker import serve


@dataclass(frozen=True)
class FunctionMeta:
    name: str
    handler: str
    memory: int
    timeout: float
    version_id: str
    qualifier: str


class Context:
    """The context that Function Compute passes to a handler.

    It has no ``credentials``: the stand-in sets those in the environment instead (Function Compute, "Context").
    """

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
