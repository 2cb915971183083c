"""Load a deployed handler into this process, as a cold start does."""

import importlib.util
import logging
from pathlib import Path

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE

FUNCTIONS = Path(__file__).parents[2] / "functions"


class HandlerModule:
    """A handler's module, ``module``, with an environment of its own. ``PATH`` is its file below functions/."""

    PATH: str

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def start(self, **variables: str | None) -> None:
        """Start a new worker. ``variables`` change the environment; ``None`` unsets one."""
        for name, value in variables.items():
            if value is None:
                self._monkeypatch.delenv(name, raising=False)
            else:
                self._monkeypatch.setenv(name, value)
        if hasattr(self, "module"):
            self.stop()
        # Powertools keeps one logger per service, and the logger keeps the first standard output that it saw.
        for service in (SERVICE, variables.get("POWERTOOLS_SERVICE_NAME") or SERVICE):
            logging.Logger.manager.loggerDict.pop(service, None)
        path = FUNCTIONS / self.PATH
        spec = importlib.util.spec_from_file_location(path.stem, path)
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def stop(self) -> None:
        """End the worker's threads and its child process."""
        if self.module.worker.cache_info().currsize:
            batch = self.module.worker().batch
            batch.executor.shutdown()
            batch.reconciler.preparer.isolated.close()
