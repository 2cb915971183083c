"""Let a signal end the command only where nothing is half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Hold a signal back until the main thread says that it may act. Its handler then runs: it ends the command."""

    def __init__(self) -> None:
        self._handlers: dict[int, Any] = {}
        self._pending: list[tuple[int, FrameType | None]] = []
        self._allowed = False

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Hold signals back in the block, but for what ``allowed`` encloses."""
        with suppress(ValueError):  # only the main thread can handle signals
            self._handlers = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let signals act in the block, and those that came before it."""
        self._allowed = True
        try:
            if self._pending:
                self._act(*self._pending.pop())
            yield
        finally:
            self._allowed = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._allowed:
            self._act(number, frame)
        else:
            self._pending.append((number, frame))

    def _act(self, number: int, frame: FrameType | None) -> None:
        handler = self._handlers.get(number)
        if callable(handler):
            handler(number, frame)
