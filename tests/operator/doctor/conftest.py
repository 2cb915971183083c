"""A deployment on a local cloud, and the findings of ``doctor`` about it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from imagesearch_ingest.adapters.aws import client
from imagesearch_ops.doctor.running import run_doctor
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud


@dataclass
class Diagnosis:
    """What the command printed with ``--json``, and its exit code."""

    code: int
    lines: list[dict[str, Any]]

    def __getitem__(self, check: str) -> dict[str, Any]:
        return next(line for line in self.lines[:-1] if line["check"] == check)

    @property
    def summary(self) -> dict[str, Any]:
        return self.lines[-1]["summary"]

    def named(self, *, ok: bool | None) -> set[str]:
        return {line["check"] for line in self.lines[:-1] if line["ok"] is ok}

    @property
    def broken(self) -> set[str]:
        return self.named(ok=False)


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False, visibility_seconds=1800) as started:
        yield started


@pytest.fixture(scope="module")
def keys() -> list[str | None]:
    """Return the AWS keys of the tests so far."""
    return []


@pytest.fixture
def cloud(aws_cloud: AwsCloud) -> AwsCloud:
    """Return the cloud as it was at its start: moto is emptied, which is quicker than a new one."""
    requests.post(f"{aws_cloud.aws.url}/moto-api/reset", timeout=10)
    aws_cloud._create_queues()  # noqa: SLF001 - what its start does
    aws_cloud._create_bucket()  # noqa: SLF001 - as above
    aws_cloud.image_search.reset()
    aws_cloud.image_search.clock_skew = 0.0
    aws_cloud.aws.stacks.add("local", aws_cloud._describe_stack)  # noqa: SLF001 - as above
    return aws_cloud


@pytest.fixture
def stack(cloud):
    """Return the local stack, described as it is deployed."""
    made = cloud._describe_stack()  # noqa: SLF001 - the tests change what it has made
    cloud.aws.stacks.add("local", lambda: made)
    return made


@pytest.fixture
def environ(cloud):
    return {name: value for name, value in cloud.environ().items() if not name.startswith("ALIBABA_CLOUD")}


@pytest.fixture
def alibaba() -> Iterator[AlibabaCloud]:
    with AlibabaCloud(with_function=False, visibility_seconds=720) as started:
        yield started


@pytest.fixture
def diagnose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, keys: list[str | None]
) -> Callable[..., Diagnosis]:
    def diagnose(environ: Mapping[str, str], **options: Any) -> Diagnosis:
        for name, value in environ.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        if keys[-1:] != [environ.get("AWS_ACCESS_KEY_ID")]:
            client._session.cache_clear()  # noqa: SLF001 - it keeps the key of the test before
            keys.append(environ.get("AWS_ACCESS_KEY_ID"))
        capsys.readouterr()
        given = {"stack": None, "function": None, "env_file": None, "write": False, "as_json": True} | options
        code = run_doctor(environ, **given)
        return Diagnosis(code, [json.loads(line) for line in capsys.readouterr().out.splitlines()])

    return diagnose
