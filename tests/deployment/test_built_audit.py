"""The audit on a schedule, built for this machine's processor, runs under the runtime client of AWS."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local_cloud.clouds.aws import AwsCloud
from local_cloud.image_search.models import Entry
from local_cloud.runtimes.function import LocalFunction
from tests.deployment.conftest import cannot
from tests.deployment.test_built_function import BARE, Built, make
from tests.support.pictures import jpeg

# Lambda's own start adds these folders to sys.path. A child process of the function does not know them.
START = "import runpy, sys; sys.path[:0] = {!r}; runpy.run_module('awslambdaric', run_name='__main__', alter_sys=True)"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, python: str) -> Built:
    if sys.platform != "linux":
        cannot("AWS publishes its runtime client for Linux alone")
    root = tmp_path_factory.mktemp("audit")
    make("functions/audit", "AuditFunction", root / "task")
    make("layers/dependencies", "DependenciesLayer", root / "opt")
    make("layers/ingest", "IngestLayer", root / "opt")  # merged, as Lambda unpacks layers
    make("layers/operator", "OperatorLayer", root / "opt")
    make("tests/deployment", "RuntimeClient", root / "runtime")
    return Built(root / "task", root / "opt", root / "runtime", python)


@pytest.fixture
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud({"INGEST_BUCKET": "pictures"}, with_function=False) as cloud:
        yield cloud


def test_the_audit_runs_from_its_layers(built: Built, cloud: AwsCloud, tmp_path: Path) -> None:
    cloud.upload("cups/1.jpg", jpeg())
    cloud.image_search.change_tasks(seconds=0)
    index = cloud.image_search._parts.index  # noqa: SLF001 - the function that would add them is not running
    for pic_name in ("cups/1.jpg", "cups/gone.jpg"):
        index.add(Entry("cups", pic_name, b"", 100, 100, "JPEG", perceptual_hash=0, appearance=0, attributes={}))
    environ = cloud.environ() | built.environ
    environ |= {"PYTHONPATH": str(built.runtime), "INGEST_STACK_NAME": "shop", "AUDIT_URL": "s3://pictures/"}
    paths = [*map(str, (built.task, built.opt / "python", built.runtime))]
    command = [built.python, *BARE, "-c", START.format(paths), "app.handler"]
    log: list[str] = []
    given = environ | {"TMPDIR": str(tmp_path), "PATH": os.environ["PATH"]}
    with closing(LocalFunction(built.task, given, command=command, timeout_seconds=120, on_log=log.append)) as function:
        summary = function.invoke({})
    assert (summary["same"], summary["orphaned"], summary["exit"]) == (1, 1, 4)
    metrics = json.loads(next(line for line in reversed(log) if '"_aws"' in line))
    assert (metrics["Drift"], metrics["AuditFailed"], metrics["stack"]) == ([1], [0], "shop")
    assert list(tmp_path.iterdir()) == []
