"""Look at what CloudWatch says about the function and the queue."""

from collections.abc import Mapping
from typing import Any

from imagesearch_ops.cloudwatch import read_points
from imagesearch_ops.doctor.checks.queues_sqs import read_attributes
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient

_OLDEST_UPLOAD_SECONDS, _OLDEST_MESSAGE_SECONDS = 1800, 864_000  # the alarms of the template


def find_function(patient: Patient) -> Mapping[str, Any]:
    """Return Lambda's description of the function. Raise ``CannotSeeError`` or ``IngestError``."""
    if patient.function is not None:
        return patient.function
    if patient.function_error:
        raise patient.function_error
    raise CannotSeeError("the function is not known; name its stack with --stack")


def read_metric(patient: Patient, metric: str, *, of: tuple[str, str], hours: int, statistic: str) -> list[float]:
    """Return the values of one metric, in the order of their times. ``of`` is the name and value of its dimension."""
    points = read_points(patient.client("cloudwatch"), metric, of=of, hours=hours, statistic=statistic)
    return [value for _, value in points]


def check_errors(patient: Patient) -> Finding:
    name = find_function(patient)["FunctionName"]
    failures = sum(read_metric(patient, "Errors", of=("FunctionName", name), hours=24, statistic="Sum"))
    if failures:
        group = (patient.stack.outputs.get("LogGroupName") if patient.stack else None) or f"/aws/lambda/{name}"
        return broken(
            f"{failures:.0f} invocations failed within a day: it did not start, ran out of time or memory, or died",
            f"aws logs tail {group} --since 1d --filter-pattern '?ERROR ?\"Task timed out\"'",
        )
    return fine("no invocation failed within a day")


def check_oldest(patient: Patient) -> Finding:
    """Compare the age of the oldest message with the template's alarms."""
    found = read_attributes(patient, patient.queue_url, "queue")
    name = str(patient.queue_url).rpartition("/")[2]
    limits = {
        "ApproximateAgeOfOldestMessageInQuietGroups": _OLDEST_UPLOAD_SECONDS,
        "ApproximateAgeOfOldestMessage": _OLDEST_MESSAGE_SECONDS,
    }
    seen = []
    for metric, limit in limits.items():
        values = read_metric(patient, metric, of=("QueueName", name), hours=1, statistic="Maximum")
        seen += values[-1:]
        if values and values[-1] >= limit:
            return broken(
                f"the oldest message has waited for {values[-1] / 3600:.1f} hours",
                'Look at the other checks, then at the outcomes "failed" in the function\'s log.',
            )
    if seen:
        return fine(f"the oldest message has waited for {max(seen) / 60:.0f} minutes")
    is_empty = not int(found["ApproximateNumberOfMessages"])
    return fine("empty") if is_empty else unknown("CloudWatch has no age of the oldest message")
