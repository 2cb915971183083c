"""A custom container of Function Compute: the same as index.py, over HTTP, several requests at once."""

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
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # a container's first process has no default for it
    listen(application, os.environ.get("FC_SERVER_PORT") or "9000")
