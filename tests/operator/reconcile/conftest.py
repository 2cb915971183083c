"""The local clouds on which a reconcile runs. What their buckets hide, a test says by its ``policy``."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.oss.addressing import parse_place
from local_cloud.server.wire import Response
from tests.operator.reconcile.world import DENIED, SETTINGS, Policy, World, quicken


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with AwsCloud(SETTINGS, with_function=False) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def alibaba_cloud() -> Iterator[AlibabaCloud]:
    with AlibabaCloud(SETTINGS, with_function=False) as cloud:
        yield cloud


@pytest.fixture
def on_aws(aws_cloud, tmp_path: Path, monkeypatch, capsys) -> Iterator[World]:
    for variable, value in aws_cloud.environ().items():
        if variable.startswith("AWS_"):  # botocore reads keys and endpoints from the process
            monkeypatch.setenv(variable, value)
    policy = Policy()
    application = aws_cloud.aws._server.app  # noqa: SLF001 - the local S3 has no policies

    def respond(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        bucket, _, key = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/").partition("/")
        if bucket != "pictures":
            return application(environ, start)
        if key and policy.down(key):
            start("503 Service Unavailable", [("Content-Length", "0")])
            return []
        if policy.denies(environ["REQUEST_METHOD"], key):
            start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(DENIED)))])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [DENIED]
        if "list-type=2" not in environ["QUERY_STRING"]:
            return application(environ, start)
        answer: dict[str, Any] = {}
        body = b"".join(application(environ, lambda status, headers, *_: answer.update(status=status, headers=headers)))
        body = policy.strip(body)
        start(answer["status"], [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    monkeypatch.setattr(aws_cloud.aws._server, "app", respond)  # noqa: SLF001 - as above
    yield from _open(World(aws_cloud, "aws", tmp_path, policy, capsys), monkeypatch)


@pytest.fixture
def on_alibaba(alibaba_cloud, tmp_path: Path, monkeypatch, capsys) -> Iterator[World]:
    policy = Policy()
    player = alibaba_cloud.oss._player  # noqa: SLF001 - the local OSS has no policies by key
    answer = player._respond  # noqa: SLF001 - as above

    def respond(request: Any) -> Response | None:
        if policy.down(parse_place(request).key):
            return None
        if policy.denies(request.method, parse_place(request).key):
            return Response(403, "application/xml", b"" if request.method == "HEAD" else DENIED)
        response = answer(request)
        if request.method == "GET" and "list-type" in dict(request.query):
            response = replace(response, body=policy.strip(response.body))
        return response

    monkeypatch.setattr(player, "_respond", respond)
    yield from _open(World(alibaba_cloud, "alibaba", tmp_path, policy, capsys), monkeypatch)
    alibaba_cloud.oss.faults.clear()
    alibaba_cloud.oss.denied.clear()


def _open(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    quicken(world, monkeypatch)
    yield world
    world.policy.reading = world.policy.listing = world.policy.down = lambda _: False
    world.clear()


@pytest.fixture(params=["aws", "alibaba"])
def world(request: pytest.FixtureRequest) -> World:
    return request.getfixturevalue({"aws": "on_aws", "alibaba": "on_alibaba"}[request.param])
