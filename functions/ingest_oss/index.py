"""Function Compute's built-in runtime: takes events of a bucket, with or without a queue. What fails comes again."""

import os
import time
from functools import cache
from typing import Any

from imagesearch_ingest.bootstrap.alibaba import fc_worker
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import ExpiredTokenError

worker = cache(lambda: fc_worker(os.environ))  # made at the first invocation; a failed start is tried again


def handler(event: bytes, context: Any) -> None:  # noqa: ANN401 - made by the runtime
    begun, timeout, own = time.monotonic(), float(context.function.timeout), Credentials.from_context(context)
    try:
        run = worker().run
        run(event, seconds_left=timeout - time.monotonic() + begun, request_id=context.request_id, credentials=own)
    except ExpiredTokenError as error:
        try:
            print(error, flush=True)  # noqa: T201 - the runtime's log
        finally:  # also where nobody reads it
            os._exit(1)
