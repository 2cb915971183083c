"""The HTTP server of a custom container. No layer holds waitress: the container's ``server.py`` alone imports this."""

import sys

from waitress.server import create_server

from imagesearch_ingest.entrypoints.fc_http import KEPT_ALIVE_SECONDS, THREADS, FcApplication


def listen(application: FcApplication, port: str) -> None:
    """For as long as the process lives; ends it with one line when the port cannot be had."""
    try:
        server = create_server(
            application,
            host="0.0.0.0",  # noqa: S104 - a container's own
            port=port,
            threads=THREADS,
            channel_timeout=KEPT_ALIVE_SECONDS,
            ident=None,
        )
    except (OSError, ValueError) as error:
        sys.exit(f"cannot listen on port {port!r}, which FC_SERVER_PORT names (9000 if unset): {error}")
    print(f"listening on port {port}", flush=True)  # noqa: T201 - a container's output is its log
    server.run()
