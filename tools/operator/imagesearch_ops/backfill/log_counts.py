"""Count the results of a run in the function's log, by one query of CloudWatch Logs Insights."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.cloudwatch import CODES

_ACTION = "searching the function's log"
_LONGEST = timedelta(days=15)  # the queue keeps a message for 14 days
_POLL_SECONDS, _MOST_SECONDS = 1.0, 60.0
_RUNNING = {"Scheduled", "Running"}


def write_query(run: str) -> str:
    """Return the query. The fields are those of the function's line about an object (``adapters/telemetry/``)."""
    return f'filter message = "object" and run = {json.dumps(run)} | stats count(*) as lines by outcome'


def count_outcomes(
    client: Any,  # noqa: ANN401 - botocore's clients are made at run time
    log_group: str,
    run: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, int]:
    """Return how many lines of the log each outcome has. An object that is tried again has a line for each try.

    Raise ``IngestError``, also if the query takes more than a minute.
    """
    now = datetime.now(UTC)
    with translate_errors(_ACTION, CODES):
        query = client.start_query(
            logGroupName=log_group,
            startTime=int((now - _LONGEST).timestamp()),
            endTime=int(now.timestamp()) + 60,
            queryString=write_query(run),
        )["queryId"]
    for _ in range(round(_MOST_SECONDS / _POLL_SECONDS)):
        with translate_errors(_ACTION, CODES):
            answer = client.get_query_results(queryId=query)
        if answer.get("status") == "Complete":
            return dict(_read(row) for row in answer.get("results", []))
        if answer.get("status") not in _RUNNING:
            break
        sleep(_POLL_SECONDS)
    raise IngestError(Reason.SERVICE_UNAVAILABLE, f"{_ACTION}: the query ended as {answer.get('status')}")


def _read(row: list[Mapping[str, str]]) -> tuple[str, int]:
    fields = {one["field"]: one["value"] for one in row}
    return fields.get("outcome", "unknown"), int(float(fields["lines"]))
