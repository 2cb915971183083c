"""Two deployments share one instance: each keeps to its share, and what belongs to one stays apart from the other.

What the local Image Search receives is counted. Only the upper bounds must hold on any machine; the lower ones leave
room for one that is busy.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.e2e.conftest import wait_until
from tests.support import emf
from tests.support.cloudformation import Deployed
from tests.support.pictures import jpeg

pytestmark = pytest.mark.slow

SHARES = {"a": 0.33, "b": 0.67}  # by the folder of the bucket that a stack takes
STACK_LEVEL = frozenset({"service", "stack"})


@dataclass(frozen=True)
class Stack:
    """A deployment that takes one folder of the bucket. ``log`` is what its function writes: its log group."""

    cloud: LocalCloud
    folder: str
    log: list[dict[str, Any]]

    def outcomes(self) -> list[dict[str, Any]]:
        return [line for line in list(self.log) if line.get("message") == "object"]

    def keys(self, outcome: str) -> list[str]:
        return [line["key"] for line in self.outcomes() if line["outcome"] == outcome]

    def metrics(self) -> dict[emf.Series, list[float]]:
        lines = list(self.log)
        plain = emf.read_plain([line for line in lines if line.get("message") == "metrics"])
        return emf.read_all([line for line in lines if "_aws" in line]) | plain


def read_into(log: list[dict[str, Any]]) -> Callable[[str], None]:
    def read(line: str) -> None:
        if line.startswith("{"):
            log.append(json.loads(line))

    return read


def deploy(kind: type[LocalCloud], rate: int, running: ExitStack) -> dict[str, Stack]:
    """Deploy a stack for each folder, on one bucket and one instance."""
    made: dict[str, Stack] = {}
    for folder, share in SHARES.items():
        log: list[dict[str, Any]] = []
        settings = {
            "INGEST_INSTANCE_NAME": "shared",
            "INGEST_INCLUDE": f"{folder}/",
            "INGEST_ADDS_PER_SECOND": str(rate),
            "INGEST_RATE_SHARE_PERCENT": f"{share * 100:.0f}",
        }
        beside = made["a"].cloud if made else None
        cloud = kind(settings, name=f"stack-{folder}", beside=beside, on_log=read_into(log))
        made[folder] = Stack(running.enter_context(cloud), folder, log)
    return made


@pytest.mark.parametrize(
    ("kind", "rate", "seconds", "least", "most_refused"),
    [
        (AwsCloud, 5, 15, 0.8, 0.05),
        # On the smallest instance, workers of unequal shares meet now and then (ADR 61).
        (AwsCloud, 1, 20, 0.5, 0.4),
        (AlibabaCloud, 5, 15, 0.8, 0.05),
    ],
)
def test_shares_add_up_to_the_rate(
    kind: type[LocalCloud], rate: int, seconds: int, least: float, most_refused: float
) -> None:
    with ExitStack() as running:
        stacks = deploy(kind, rate, running)
        service = stacks["a"].cloud.image_search
        for number in range(25 * rate):
            for folder, stack in stacks.items():
                stack.cloud.upload(f"{folder}/{number}/x.jpg", jpeg())
        wait_until(lambda: all(stack.keys("added") for stack in stacks.values()), 60)
        begin, before = time.time(), {folder: len(stack.keys("added")) for folder, stack in stacks.items()}
        time.sleep(seconds)
        end, after = time.time(), {folder: len(stack.keys("added")) for folder, stack in stacks.items()}
        codes = [call.code for call in service.calls if call.leg == "add" and begin <= call.time < end]
    elapsed, refused = end - begin, len([code for code in codes if code != "OK"])
    assert set(codes) <= {"OK", "DeniedRequest"}
    assert len(codes) <= rate * elapsed + 2  # together they do not even try more
    assert refused <= most_refused * len(codes)
    assert len(codes) - refused >= least * rate * seconds
    for folder, share in SHARES.items():
        assert after[folder] - before[folder] <= share * rate * elapsed + 2
    assert after["b"] - before["b"] > after["a"] - before["a"] > 0


@pytest.fixture(scope="module", params=[AwsCloud, AlibabaCloud], ids=["aws", "alibaba"])
def settled(request: pytest.FixtureRequest) -> Iterator[dict[str, Stack]]:
    """Return two stacks that have settled four pictures each, and a file that is none."""
    with ExitStack() as running:
        stacks = deploy(request.param, 5, running)
        for folder in stacks:
            for number in range(4):
                stacks["a"].cloud.upload(f"{folder}/{number}/x.jpg", jpeg())
            stacks["a"].cloud.upload(f"{folder}/9/broken.jpg", b"no picture")
        wait_until(lambda: all(len(stack.outcomes()) >= 10 for stack in stacks.values()), 60)
        wait_until(lambda: all(_counts(stack)["Added"] == 4 for stack in stacks.values()), 30)
        yield stacks


def _counts(stack: Stack) -> dict[str, float]:
    named = {"Added": 0.0} | emf.of_stack(stack.metrics(), f"stack-{stack.folder}")
    return {name: sum(values) if isinstance(values, list) else values for name, values in named.items()}


def test_each_log_has_the_outcomes_of_its_own_stack(settled: dict[str, Stack]) -> None:
    for folder, stack in settled.items():
        assert {key.partition("/")[0] for key in stack.keys("added")} == {folder}
        assert stack.keys("rejected") == [f"{folder}/9/broken.jpg"]
        assert f"stack-{'ab'.replace(folder, '')}" not in json.dumps(stack.log)


def test_each_dead_letter_queue_has_its_own_letters(settled: dict[str, Stack]) -> None:
    for folder, stack in settled.items():
        assert [letter["source"]["key"] for letter in stack.cloud.dead_letters()] == [f"{folder}/9/broken.jpg"]


def test_each_metric_belongs_to_one_stack(settled: dict[str, Stack]) -> None:
    one, other = (stack.metrics().keys() for stack in settled.values())
    assert one
    assert not one & other
    assert {dict(series.dimensions)["stack"] for series in one} == {"stack-a"}
    assert {dict(series.dimensions)["stack"] for series in other} == {"stack-b"}


def test_each_stack_counts_its_own_objects(settled: dict[str, Stack]) -> None:
    for stack in settled.values():
        counts = _counts(stack)
        assert (counts["Added"], counts["Rejected"], counts["DeadLettered"]) == (4, 1, 1)


def _watched(stack: str) -> set[emf.Series]:
    """Return the metrics that the alarms of a stack of the template watch."""
    found = set()
    for alarm in Deployed(stack).of_type("AWS::CloudWatch::Alarm").values():
        queries = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
        for metric in queries or [alarm]:
            dimensions = frozenset((one["Name"], one["Value"]) for one in metric["Dimensions"])
            found.add(emf.Series(metric["Namespace"], metric["MetricName"], dimensions))
    return found


def test_alarms_of_a_stack_hear_its_own_function_alone(settled: dict[str, Stack]) -> None:
    for folder, other in (("a", "b"), ("b", "a")):
        written, own = settled[folder].metrics().keys(), _watched(f"stack-{folder}")
        assert {"AddCallsThrottled", "DeadLettered", "NothingTaken"} <= {series.name for series in written & own}
        assert not written & _watched(f"stack-{other}")
    assert not _watched("stack-a") & _watched("stack-b")  # not those of queues, rules and functions either


def test_each_function_of_a_stack_logs_to_its_own_group() -> None:
    groups = []
    for name in ("stack-a", "stack-b"):
        stack = Deployed(name, AuditSchedule="rate(30 days)")
        functions = stack.of_type("AWS::Serverless::Function").values()
        groups += [function["LoggingConfig"]["LogGroup"] for function in functions]
        assert all(group.startswith(name) for group in groups[-len(functions) :])
    assert len(set(groups)) == len(groups) >= 4
