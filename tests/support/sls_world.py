"""The real handler of Function Compute on the local cloud, its log in Simple Log Service, and the alarms over it."""

import json
import logging
from typing import Any

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE, plain
from imagesearch_ingest.adapters.watch_reporter import PowertoolsWatchReporter
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.watch.look import Look
from tests.support.function_compute import Function
from tests.support.ros_template import RosStack
from tests.support.sls import HOUR, Alert, LogStore

STACK = "shop"
HEALTHY = Look(full_percent=50.0, days_to_expiry=200.0, announcing=True)


class SlsWorld:
    """A function, its log and its alarms. The clock of the log is the test's: ``at`` is in seconds."""

    def __init__(self, function: Function, stack: RosStack, capsys: pytest.CaptureFixture[str]) -> None:
        self.function, self._capsys = function, capsys
        (index,) = stack.of_type("ALIYUN::SLS::Index").values()
        self.log = LogStore(index)
        self.alerts = {name: Alert(rule) for name, rule in stack.of_type("ALIYUN::SLS::Alert").items()}

    def invoke(self, at: float, event: object, timeout: float = 60) -> list[dict[str, Any]]:
        """Invoke the function at a time. Return the lines that it wrote."""
        self._capsys.readouterr()
        return self._log_invocation(at, lambda: self.function(event, timeout))

    def invoke_queue(self, at: float, ahead: float) -> list[dict[str, Any]]:
        """Invoke the function with what is visible in the queue ``ahead`` seconds from now."""
        self.function.clock.ahead = ahead
        self._capsys.readouterr()
        return self._log_invocation(at, self.function.run_queue)

    def _log_invocation(self, at: float, invocation: Any) -> list[dict[str, Any]]:
        error = None
        try:
            invocation()
        except Exception as caught:  # noqa: BLE001 - Function Compute counts any
            error = caught
        lines = self.write_lines(at)
        self.write_request(at, has_error=error is not None)
        return lines

    def write_lines(self, at: float) -> list[dict[str, Any]]:
        """Write what is on standard output to the log, as Function Compute does, and return it."""
        lines = self._capsys.readouterr().out.splitlines()
        for text in ["FC Invoke Start RequestId: request-1", *lines, "FC Invoke End RequestId: request-1"]:
            self.log.write(at, functionName=STACK, message=text + "\n")
        return [json.loads(text) for text in lines if text.startswith("{")]

    def write_request(self, at: float, name: str = STACK, *, has_error: bool) -> None:
        """Write the metrics of a request. Their fields: "Log fields of Function Compute (3.0)"."""
        error = {"errorType": "FunctionUnhandledError"} if has_error else {}
        fields = {"functionName": name, "requestId": "request-1", "durationMs": "20.20"}
        self.log.write(at, hasFunctionError=str(has_error).lower(), **fields | error)

    def look(self, at: float, found: Look = HEALTHY) -> None:
        """Write what the watch writes about a look."""
        self._capsys.readouterr()
        PowertoolsWatchReporter(Redactor(), stack=STACK, form=plain).looked(found)
        logging.Logger.manager.loggerDict.pop(SERVICE, None)  # it keeps the standard output of this moment
        self.write_lines(at)

    def red(self, until: float) -> dict[str, list[tuple[float, float]]]:
        """Return from when to when each alarm is raised, while the watch finds nothing."""
        for hour in range(-1, int(until / HOUR) + 1):
            self.look(hour * HOUR)
        found = {name: alert.red(self.log, until) for name, alert in self.alerts.items()}
        return {name: times for name, times in found.items() if times}
