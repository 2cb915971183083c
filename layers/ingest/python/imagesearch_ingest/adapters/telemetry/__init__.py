"""Write JSON lines about starts and objects, and metrics, to standard output.

reporter.py   one line about each start and each object
metrics.py    what a batch has done, in numbers
lines.py      the form in which each cloud's log service reads metrics
"""

from imagesearch_ingest.adapters.telemetry.lines import LineForm, embedded, plain
from imagesearch_ingest.adapters.telemetry.metrics import NAMESPACE, SERVICE, STACK
from imagesearch_ingest.adapters.telemetry.reporter import PowertoolsReporter

__all__ = ["NAMESPACE", "SERVICE", "STACK", "LineForm", "PowertoolsReporter", "embedded", "plain"]
