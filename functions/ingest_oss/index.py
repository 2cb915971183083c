"""Handle a bucket's events in Function Compute's built-in runtime, with or without a queue."""

import os
import time
from functools import cache
from typing import Any

from imagesearch_ingest.bootstrap.alibaba import fc_worker
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import ExpiredTokenError

worker = cache(lambda: fc_worker(os.environ))  # created at the first invocation; a failed start is tried again


def handler(event: bytes, context: Any) -> None:  # noqa: ANN401 - the runtime creates it
    begun, timeout, own = time.monotonic(), float(context.function.timeout), Credentials.from_context(context)
    try:
        run = worker().run
        run(event, seconds_left=timeout - time.monotonic() + begun, request_id=context.request_id, credentials=own)
    except ExpiredTokenError as error:
        try:
            print(error, flush=True)  # noqa: T201 - the runtime's log
        finally:  # even if the log cannot be written
            os._exit(1)
