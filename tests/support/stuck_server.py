"""Addresses on loopback that never answer, for tests of timeouts."""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def silent_address() -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextlib.contextmanager
def unreachable_address() -> Iterator[str]:
    """Yield the address of a server whose backlog is full, so that connecting to it takes until the timeout."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"
