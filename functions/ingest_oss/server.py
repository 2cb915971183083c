"""Serve a bucket's events over HTTP in a custom container of Function Compute, several requests at once."""

import os
import signal
import time
from functools import cache

from imagesearch_ingest.bootstrap.alibaba import fc_worker
from imagesearch_ingest.entrypoints.fc_http import FcApplication
from imagesearch_ingest.entrypoints.fc_server import listen
from imagesearch_ingest.settings import Settings

if __name__ == "__main__":
    application = FcApplication(
        worker=cache(lambda: fc_worker(os.environ)),
        invocation_seconds=lambda: Settings.from_env(os.environ).function_timeout_seconds,
        end=os._exit,
        monotonic=time.monotonic,
    )
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # process 1 ignores it by default
    listen(application, os.environ.get("FC_SERVER_PORT") or "9000")
