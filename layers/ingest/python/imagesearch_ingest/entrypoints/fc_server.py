"""The HTTP server of a custom container. Only the container's ``server.py`` imports it: no layer holds waitress."""

import sys

from waitress.server import create_server

from imagesearch_ingest.entrypoints.fc_http import KEEP_ALIVE_SECONDS, THREADS, FcApplication


def listen(application: FcApplication, port: str) -> None:
    """Serve requests for the life of the process. Exit with one line if the port is not free."""
    try:
        server = create_server(
            application,
            host="0.0.0.0",  # noqa: S104 - a container's own
            port=port,
            threads=THREADS,
            channel_timeout=KEEP_ALIVE_SECONDS,
            ident=None,
        )
    except (OSError, ValueError) as error:
        sys.exit(f"cannot listen on port {port!r}, which FC_SERVER_PORT names (9000 if unset): {error}")
    print(f"listening on port {port}", flush=True)  # noqa: T201 - a container's output is its log
    server.run()
