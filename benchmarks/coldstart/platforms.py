"""The surroundings of a function: local cloud, interpreter, runtime, and the event of one upload."""

import json
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

from benchmarks.coldstart.builds import (
    ROOT,
    TUTORIAL,
    TUTORIAL_ON_LAMBDA,
    Build,
    as_deployed,
    interpreter,
    plain,
    runtime_client,
    tutorials,
)
from benchmarks.coldstart.start import Started, StartError, start
from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.runtimes.function import FUNCTION_COMPUTE, LAMBDA, Runtime
from local_cloud.triggers.event_source import to_lambda_record
from local_cloud.triggers.event_stream import to_cloud_event

C = TypeVar("C", bound=LocalCloud)

# No site-packages, no working directory, and no byte-code is written.
BARE = ["-S", "-P", "-B"]
SETTINGS = {"INGEST_ADDS_PER_SECOND": "50"}  # so high that nothing waits for it


class Platform(ABC, Generic[C]):
    """``builds`` are the builds to compare, the deployed one first. Raises ``BuildError``."""

    name: str
    version: str
    runtime: Runtime
    program: tuple[str, ...]  # a module and its arguments

    def __init__(self, folder: Path) -> None:
        self.python = interpreter(self.version)
        self.builds = self._make_builds(folder)
        self._runtime_folder = self._runtime(folder / "runtime")
        os.sync()  # only pages that are on the disk can leave the page cache

    def begin(self, cloud: C, build: Build, key: str) -> Started:
        """Start ``build`` with the event of the uploaded ``key``. Raise ``StartError`` if the picture is not added."""
        command = [self.python, *BARE, "-m", *self.program]
        started = start(command, self._environ(cloud, build), self.event(cloud, build))
        if key not in {entry.pic_name for entry in cloud.image_search.entries()}:
            raise StartError(f"{build.name} answered but did not add {key}")
        return started

    @abstractmethod
    def cloud(self) -> C:
        """Return the local cloud of the platform."""

    @abstractmethod
    def event(self, cloud: C, build: Build) -> bytes:
        """Return the event of the latest upload."""

    @abstractmethod
    def _make_builds(self, folder: Path) -> list[Build]: ...

    @abstractmethod
    def _runtime(self, folder: Path) -> Path: ...

    def _environ(self, cloud: C, build: Build) -> Mapping[str, str]:
        paths = os.pathsep.join(map(str, (*build.paths, self._runtime_folder)))
        own = {self.runtime.root: str(build.paths[0]), "PYTHONPATH": paths, "LANG": "en_US.UTF-8", "TZ": ":UTC"}
        if self.runtime.timeout:
            own[self.runtime.timeout] = "60"
        return {**cloud.environ(), **self.runtime.variables, **own}


class Lambda(Platform[AwsCloud]):
    """AWS Lambda with its own runtime client."""

    name, version, runtime, program = "AWS Lambda, python3.13", "3.13", LAMBDA, ("awslambdaric", "app.handler")

    def cloud(self) -> AwsCloud:
        """Return a local cloud without a function."""
        return AwsCloud(SETTINGS, with_function=False)

    def event(self, cloud: AwsCloud, build: Build) -> bytes:
        """Return the queue's event. The tutorial's function gets the event of S3 instead."""
        answer = cloud.sqs.receive_message(QueueUrl=cloud.queue, AttributeNames=["All"], MaxNumberOfMessages=10)
        record = to_lambda_record(answer["Messages"][-1], cloud.queue_arn)  # the first message is the test event of S3
        return (
            record["body"].encode()
            if build.name in {TUTORIAL, TUTORIAL_ON_LAMBDA}
            else json.dumps({"Records": [record]}).encode()
        )

    def _make_builds(self, folder: Path) -> list[Build]:
        return [as_deployed("aws", folder / "ours"), plain("aws", folder / "plain"), *tutorials(folder / "tutorial")]

    def _runtime(self, folder: Path) -> Path:
        return runtime_client(folder)


class FunctionCompute(Platform[AlibabaCloud]):
    """Function Compute. Its runtime is not published, so the local cloud's stands in, which does less."""

    name, version, runtime, program = (
        "Function Compute, python3.12",
        "3.12",
        FUNCTION_COMPUTE,
        (FUNCTION_COMPUTE.program,),
    )

    def cloud(self) -> AlibabaCloud:
        """Return a local cloud without a function."""
        return AlibabaCloud(SETTINGS, with_function=False)

    def event(self, cloud: AlibabaCloud, build: Build) -> bytes:  # noqa: ARG002 - all builds get the same event
        """Return the stream's event."""
        messages = cloud.smq.queue(QUEUE).receive(1, visibility_timeout=3600)
        return json.dumps([to_cloud_event(message, QUEUE, decoded=True) for message in messages]).encode()

    def _make_builds(self, folder: Path) -> list[Build]:
        return [as_deployed("alibaba", folder / "ours"), plain("alibaba", folder / "plain")]

    def _runtime(self, folder: Path) -> Path:
        (folder / "local_cloud/runtimes").mkdir(parents=True)
        for name in ("__init__", "runtimes/__init__", "runtimes/fc_runtime", "runtimes/worker"):
            shutil.copy(ROOT / f"tools/local_cloud/{name}.py", folder / f"local_cloud/{name}.py")
        return folder
