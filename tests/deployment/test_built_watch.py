"""The watch, built for this machine's processor, runs under the runtime client of AWS."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local_cloud.clouds.aws import AwsCloud
from local_cloud.runtimes.function import LocalFunction
from tests.deployment.conftest import cannot
from tests.deployment.test_built_function import BARE, Built, make
from tests.support.watch import RULE, watch_environ, wire_up


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, python: str) -> Built:
    if sys.platform != "linux":
        cannot("AWS publishes its runtime client for Linux alone")
    root = tmp_path_factory.mktemp("watch")
    make("functions/watch", "WatchFunction", root / "task")
    make("layers/dependencies", "DependenciesLayer", root / "opt")
    make("layers/ingest", "IngestLayer", root / "opt")  # merged, as Lambda unpacks layers
    make("tests/deployment", "RuntimeClient", root / "runtime")
    return Built(root / "task", root / "opt", root / "runtime", python)


@pytest.fixture
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        wire_up(cloud)
        yield cloud


def test_the_watch_runs_from_its_layers(built: Built, cloud: AwsCloud, tmp_path: Path) -> None:
    environ = watch_environ(cloud) | built.environ | {"TMPDIR": str(tmp_path), "INGEST_STACK_NAME": "shop"}
    command = [built.python, *BARE, "-m", "awslambdaric", "app.handler"]
    log: list[str] = []
    with closing(
        LocalFunction(built.task, environ, command=command, timeout_seconds=120, on_log=log.append)
    ) as function:
        assert function.invoke({})["announcing"] is True
        cloud.aws.client("events").disable_rule(Name=RULE)
        assert function.invoke({})["announcing"] is False
    metrics = [json.loads(line) for line in log if '"_aws"' in line]
    assert [one["Announcing"] for one in metrics] == [[1], [0]]
    assert {(one["WatchFailed"][0], one["stack"]) for one in metrics} == {(0, "shop")}
    assert list(tmp_path.iterdir()) == []
