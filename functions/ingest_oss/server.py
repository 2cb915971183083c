"""A custom container of Function Compute: the same as index.py, over HTTP, several requests at once."""

import os
import signal
from functools import cache

from waitress import serve

from imagesearch_ingest.bootstrap.alibaba import fc_worker
from imagesearch_ingest.fc_http import KEPT_ALIVE_SECONDS, THREADS, FcApplication
from imagesearch_ingest.settings import Settings

if __name__ == "__main__":
    application = FcApplication(
        worker=cache(lambda: fc_worker(os.environ)),
        invocation_seconds=lambda: Settings.from_env(os.environ).invocation_seconds,
        end=os._exit,
    )
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # a container's first process has no default for it
    port = os.environ.get("FC_SERVER_PORT", "9000")
    print(f"listening on port {port}", flush=True)  # noqa: T201 - a container's output is its log
    serve(application, host="0.0.0.0", port=port, threads=THREADS, channel_timeout=KEPT_ALIVE_SECONDS, ident=None)  # noqa: S104 - a container's own
