"""Read metrics of CloudWatch."""

from datetime import UTC, datetime, timedelta
from typing import Any

from imagesearch_ingest.adapters.aws.codes import COMMON
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.codes import CREDENTIALS, SETTINGS, CodeTable

CODES: CodeTable = {
    **COMMON,
    "AccessDenied": CREDENTIALS,
    "AccessDeniedException": CREDENTIALS,
    "ResourceNotFoundException": SETTINGS,
}
PERIOD_SECONDS = 300
_NAMESPACES = {"FunctionName": "AWS/Lambda", "QueueName": "AWS/SQS"}


def read_points(
    client: Any,  # noqa: ANN401 - botocore's clients are made at run time
    metric: str,
    *,
    of: tuple[str, str],
    hours: int,
    statistic: str,
) -> list[tuple[datetime, float]]:
    """Return the values of one metric, with the times at which their periods begin, in order.

    ``of`` is the name and value of its dimension. Raise ``IngestError``.
    """
    now = datetime.now(UTC)
    with translate_errors(f"reading the metric {metric}", CODES):
        found = client.get_metric_statistics(
            Namespace=_NAMESPACES[of[0]],
            MetricName=metric,
            Dimensions=[{"Name": of[0], "Value": of[1]}],
            StartTime=now - timedelta(hours=hours),
            EndTime=now + timedelta(minutes=1),
            Period=PERIOD_SECONDS,
            Statistics=[statistic],
        )
    return sorted((point["Timestamp"], float(point[statistic])) for point in found.get("Datapoints", []))
