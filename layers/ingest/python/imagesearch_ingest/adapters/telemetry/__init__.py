"""Write JSON lines about starts and objects, and metrics in CloudWatch's embedded format, to standard output.

reporter.py   one line about each start and each object
metrics.py    what a batch has done, in numbers
"""

from imagesearch_ingest.adapters.telemetry.metrics import NAMESPACE, SERVICE, STACK
from imagesearch_ingest.adapters.telemetry.reporter import PowertoolsReporter

__all__ = ["NAMESPACE", "SERVICE", "STACK", "PowertoolsReporter"]
