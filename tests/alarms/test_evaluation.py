"""The evaluator of the tests decides as the tables of CloudWatch's user guide say."""

import pytest

from tests.support.cloudwatch import ALARM, HOUR, INSUFFICIENT, MINUTE, OK, Metrics, history, judge, red
from tests.support.emf import Series

KEPT = "the state before"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
# "Configuring how CloudWatch alarms treat missing data": the points with the newest last, of which 0 is within the
# threshold, X breaches it, and - is missing. Three periods; the last number is the data points to alarm.
TABLE = [
    ("0 - X - X", 3, (OK, OK, OK, OK)),
    ("0 - - - -", 3, (OK, OK, OK, OK)),
    ("- - - - -", 3, (INSUFFICIENT, KEPT, ALARM, OK)),
    ("0 X X - X", 3, (ALARM, ALARM, ALARM, ALARM)),
    ("- - X - -", 3, (ALARM, KEPT, ALARM, OK)),
    ("- - - - X", 3, (KEPT, KEPT, ALARM, OK)),
    ("0 - X - X", 2, (ALARM, ALARM, ALARM, ALARM)),
    ("0 0 X 0 X", 2, (ALARM, ALARM, ALARM, ALARM)),
    ("0 - X - -", 2, (OK, OK, ALARM, OK)),
    ("- - - - 0", 2, (OK, OK, ALARM, OK)),
    ("- - - X -", 2, (ALARM, KEPT, ALARM, OK)),
]


@pytest.mark.parametrize(("points", "to_alarm", "states"), TABLE)
def test_missing_points_count_as_the_guide_says(points: str, to_alarm: int, states: tuple[str, ...]) -> None:
    meaning = {"0": False, "X": True, "-": None}
    newest_first = [meaning[point] for point in reversed(points.split())]
    assert tuple(judge(newest_first, 3, to_alarm, treatment, KEPT) for treatment in TREATMENTS) == states


SERIES = Series("Shop", "Orders", frozenset({("shop", "a")}))


def alarm(statistic: str, threshold: float, **fields: object) -> dict:
    return {
        "Namespace": "Shop",
        "MetricName": "Orders",
        "Dimensions": [{"Name": "shop", "Value": "a"}],
        "Statistic": statistic,
        "Period": 300,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": threshold,
        "TreatMissingData": "notBreaching",
    } | fields


@pytest.mark.parametrize(
    ("statistic", "value"), [("Sum", 9), ("Maximum", 5), ("Minimum", 1), ("Average", 3), ("SampleCount", 3)]
)
def test_a_statistic_sums_up_the_values_of_a_period(statistic: str, value: float) -> None:
    metrics = Metrics()
    metrics.add(600, SERIES, 1, 5, 3)
    for threshold, state in ((value, ALARM), (value + 0.1, OK)):
        assert history(alarm(statistic, threshold), metrics, 600)[-1][1] == state


def test_a_single_value_is_seen_until_it_leaves_the_evaluation_range() -> None:
    metrics = Metrics()
    metrics.add(10 * MINUTE, SERIES, 1)
    assert red(history(alarm("Sum", 1), metrics, HOUR), HOUR) == [(10 * MINUTE, 25 * MINUTE)]


def test_a_value_of_another_shop_is_another_metric() -> None:
    metrics = Metrics()
    metrics.add(600, SERIES._replace(dimensions=frozenset({("shop", "b")})), 1)
    assert red(history(alarm("Sum", 1), metrics, HOUR), HOUR) == []


def test_an_expression_has_a_value_where_all_its_metrics_have_one() -> None:
    metrics = Metrics()
    parts = {"calls": "Calls", "refused": "Refused"}
    for name, at, value in (("Calls", 300, 100), ("Refused", 300, 30), ("Calls", 3000, 100)):
        metrics.add(at, SERIES._replace(name=name), value)
    share = alarm("", 20) | {
        "Metrics": [
            {"Id": "share", "Expression": "IF(calls >= 50, 100 * refused / calls, 0)", "ReturnData": True},
            *(
                {
                    "Id": part,
                    "ReturnData": False,
                    "MetricStat": {
                        "Stat": "Sum",
                        "Period": 300,
                        "Metric": {
                            "Namespace": "Shop",
                            "MetricName": name,
                            "Dimensions": [{"Name": "shop", "Value": "a"}],
                        },
                    },
                }
                for part, name in parts.items()
            ),
        ]
    }
    for name in ("MetricName", "Period"):
        del share[name]
    assert red(history(share, metrics, 2 * HOUR), 2 * HOUR) == [(300, 1200)]
    assert red(history(share | {"Threshold": 31}, metrics, 2 * HOUR), 2 * HOUR) == []
