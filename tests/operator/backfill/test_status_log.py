"""Count a run in the function's log: what is asked of CloudWatch Logs Insights, and what comes back."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.validate
import pytest
from botocore.exceptions import ClientError

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.backfill.log_counts import count_outcomes, write_query

RUN = "20261129T0655-7f3a"
_QUERY = re.compile(r'filter message = "object" and run = "([^"]+)" \| stats count\(\*\) as lines by outcome')


@dataclass
class FakeInsights:
    """Runs the one query over lines of a log. Parameters are checked by botocore's model of the service.

    ``polls`` is how often the query is still running. ``end`` is its last status.
    """

    group: str
    lines: list[str]
    polls: int = 1
    end: str = "Complete"
    asked: dict[str, Any] = field(default_factory=dict)

    def start_query(self, **given: Any) -> dict[str, str]:
        self._validate("StartQuery", given)
        if given["logGroupName"] != self.group:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no group"}}, "StartQuery")
        self.asked = given
        return {"queryId": "q1"}

    def get_query_results(self, **given: Any) -> dict[str, Any]:
        self._validate("GetQueryResults", given)
        if self.polls:
            self.polls -= 1
            return {"results": [], "status": "Running"}
        return {"results": self._rows() if self.end == "Complete" else [], "status": self.end}

    def _rows(self) -> list[list[dict[str, str]]]:
        found = _QUERY.fullmatch(self.asked["queryString"])
        assert found
        lines = [line for line in map(json.loads, self.lines) if line.get("message") == "object"]
        counts = Counter(line["outcome"] for line in lines if line.get("run") == found[1])
        return [
            [{"field": "outcome", "value": name}, {"field": "lines", "value": str(number)}]
            for name, number in counts.items()
        ]

    def _validate(self, operation: str, given: dict[str, Any]) -> None:
        model = boto3.client("logs", region_name="eu-west-1").meta.service_model.operation_model(operation)
        assert model.input_shape is not None
        report = botocore.validate.ParamValidator().validate(given, model.input_shape)
        assert not report.has_errors(), report.generate_report()


def line(outcome: str, run: str | None = RUN, message: str = "object") -> str:
    return json.dumps({"message": message, "outcome": outcome, "run": run})


def test_lines_of_the_run_are_counted_by_outcome() -> None:
    log = [line("added"), line("added"), line("rejected"), line("added", "20261129T0655-7f3b"), line("failed", None)]
    insights = FakeInsights("/aws/lambda/shop", [*log, line("added", message="start")])
    slept: list[float] = []
    assert count_outcomes(insights, "/aws/lambda/shop", RUN, sleep=slept.append) == {"added": 2, "rejected": 1}
    assert len(slept) == 1
    fortnight = insights.asked["endTime"] - insights.asked["startTime"]  # in seconds
    assert 14 * 86_400 < fortnight < 16 * 86_400


def test_run_without_lines_has_no_counts() -> None:
    assert count_outcomes(FakeInsights("g", [], polls=0), "g", RUN) == {}


@pytest.mark.parametrize("end", ["Failed", "Timeout", "Cancelled", "Unknown"])
def test_query_that_fails_is_an_error(end: str) -> None:
    with pytest.raises(IngestError, match=f"the query ended as {end}"):
        count_outcomes(FakeInsights("g", [], end=end), "g", RUN, sleep=lambda _: None)


def test_query_that_does_not_end_is_an_error() -> None:
    with pytest.raises(IngestError, match="the query ended as Running"):
        count_outcomes(FakeInsights("g", [], polls=1000), "g", RUN, sleep=lambda _: None)


def test_missing_log_group_is_an_error() -> None:
    with pytest.raises(IngestError, match="searching the function's log"):
        count_outcomes(FakeInsights("other", []), "g", RUN)


def test_name_of_a_run_cannot_leave_its_quotes() -> None:
    assert write_query('a" or 1=1') == (
        'filter message = "object" and run = "a\\" or 1=1" | stats count(*) as lines by outcome'
    )
