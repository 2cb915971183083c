import io
from typing import Any

import pytest

from imagesearch_ingest.entrypoints import fc_server


class FakeServer:
    def __init__(self) -> None:
        self.runs = 0

    def run(self) -> None:
        self.runs += 1


def test_container_listens_for_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen requests at once, on every interface, and connections that only the platform closes."""
    asked: list[tuple[object, dict[str, Any]]] = []
    server, written = FakeServer(), io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="utf-8"))
    monkeypatch.setattr(
        fc_server, "create_server", lambda application, **given: asked.append((application, given)) or server
    )
    fc_server.listen("application", "9000")
    assert asked == [
        (
            "application",
            {"host": "0.0.0.0", "port": "9000", "threads": 16, "channel_timeout": 86_400, "ident": None},  # noqa: S104
        )
    ]
    assert server.runs == 1
    assert written.getvalue() == b"listening on port 9000\n"  # at once: the process runs on


@pytest.mark.parametrize("error", [OSError("taken"), ValueError("not a number")])
def test_taken_port_ends_the_process(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(fc_server, "create_server", refuse)
    with pytest.raises(SystemExit, match="cannot listen on port 'x', which FC_SERVER_PORT names"):
        fc_server.listen("application", "x")
