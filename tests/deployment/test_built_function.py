"""The deployed function, built for this machine's processor, runs under the runtime client of AWS.

The interpreter sees nothing else. Pictures pass from the bucket to the index or the dead-letter queue.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.keyless import KeylessAwsCloud
from local_cloud.runtimes.function import LocalFunction
from local_cloud.triggers.event_source import EventSource
from tests.deployment.cloudformation import Stack
from tests.deployment.conftest import ROOT, RUNTIME, SamProcess, cannot
from tests.e2e.conftest import wait_until
from tests.support.pictures import encode, jpeg, scene

# No site-packages and no working directory: only PYTHONPATH and the standard library.
BARE = ["-S", "-P"]
ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Built:
    """A build in folders for Lambda's /var/task, /opt and /var/runtime."""

    task: Path
    opt: Path
    runtime: Path
    python: str

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables that Lambda itself sets."""
        return {
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{RUNTIME}",
            "LANG": "en_US.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(str, (self.task, self.opt / "python", self.runtime))),
            "TZ": ":UTC",
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, python: str) -> Built:
    if sys.platform != "linux":
        cannot("AWS publishes its runtime client for Linux alone")
    root = tmp_path_factory.mktemp("lambda")
    make("functions/ingest_s3", "IngestFunction", root / "task")
    make("layers/dependencies", "DependenciesLayer", root / "opt")
    make("layers/ingest", "IngestLayer", root / "opt")  # merged, as Lambda unpacks layers
    make("tests/deployment", "RuntimeClient", root / "runtime")
    return Built(root / "task", root / "opt", root / "runtime", python)


def make(folder: str, target: str, to: Path) -> None:
    to.mkdir(exist_ok=True)
    arguments = [f"ARTIFACTS_DIR={to}", f"ARCHITECTURE={ARCHITECTURES[platform.machine()]}"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(  # noqa: S603 - a fixed command
        ["make", "--makefile", f"{folder}/Makefile", f"build-{target}", *arguments],  # noqa: S607 - found on PATH
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_interpreter_sees_only_the_build(built: Built) -> None:
    probe = "import sys, app, botocore.session, imagesearch_ingest, PIL, pydantic_core, pyvips, re2\n"
    probe += "print(*sys.path, sep='\\n')\n"
    probe += "print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)), sep='\\n')"
    done = subprocess.run(  # noqa: S603 - a fixed command
        [built.python, *BARE, "-c", probe], env=built.environ, capture_output=True, text=True, check=True
    )
    home = subprocess.run(  # noqa: S603 - a fixed command
        [built.python, "-I", "-S", "-c", "import sys; print(*sys.path, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    )
    allowed = (str(built.task), str(built.opt), str(built.runtime), *home.stdout.split("\n")[:-1])
    strangers = [line for line in done.stdout.splitlines() if not line.startswith(allowed)]
    assert strangers == []
    assert "site-packages" not in done.stdout
    assert str(ROOT) not in done.stdout


@pytest.mark.parametrize(
    "left", ["aiohttp", "asyncio", "cryptography", "boto3", "multiprocessing", "unittest", "pyvips"]
)
def test_start_imports_only_what_events_need(built: Built, left: str) -> None:
    """Each of these costs a tenth of a second, or some hundred modules."""
    probe = f"import sys, app; sys.exit('{left}' in sys.modules)"
    done = subprocess.run([built.python, *BARE, "-c", probe], env=built.environ, check=False)  # noqa: S603 - a fixed command
    assert done.returncode == 0


class Deployed:
    """The deployed chain, and the log of the function."""

    def __init__(self, built: Built, cloud: AwsCloud | None = None) -> None:
        self.cloud = cloud or AwsCloud(with_function=False, visibility_seconds=5)
        self.log: list[str] = []
        self._built = built

    def __enter__(self) -> Self:
        self.cloud.start()
        self.function = LocalFunction(
            self._built.task,
            self._environ(),
            command=[self._built.python, *BARE, "-m", "awslambdaric", "app.handler"],
            on_log=self.log.append,
        )
        self._source = EventSource(
            self.cloud.aws.client("sqs"), self.cloud.queue, self.cloud.queue_arn, self.function.invoke
        )
        self._source.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._source.stop()
        self.function.close()
        self._source.join()
        self.cloud.close()

    def _environ(self) -> dict[str, str]:
        """Return the template's variables: a role to assume, or the keys are in a secret and only its name is here."""
        environ = self.cloud.environ() | self._built.environ
        if isinstance(self.cloud, KeylessAwsCloud):
            return environ
        keys = {
            "access_key_id": environ.pop("ALIBABA_CLOUD_ACCESS_KEY_ID"),
            "access_key_secret": environ.pop("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        }
        secret = self.cloud.aws.client("secretsmanager").create_secret(Name="alibaba", SecretString=json.dumps(keys))
        return environ | {"INGEST_CREDENTIALS_SECRET": secret["ARN"]}

    def outcomes(self) -> dict[str, dict]:
        """Return the latest outcome of each key. The test event of S3 has none."""
        lines = [json.loads(line) for line in self.log if line.startswith("{")]
        return {line["key"]: line for line in lines if line.get("message") == "object" and "key" in line}


@pytest.fixture
def deployed(built: Built) -> Iterator[Deployed]:
    with Deployed(built) as deployed:
        yield deployed


GOOD = {
    "shoes/2092061/front.jpg": jpeg(),
    "shoes/2092061/back.png": encode(scene(400, 300), "PNG"),
    "red shoes/鞋+%41.webp": encode(scene(300, 300), "WEBP"),
    "large.jpg": jpeg(5000, 300),
    "moving.gif": encode(scene(200, 200), "GIF", save_all=True, append_images=[scene(200, 200).rotate(180)]),
}


def test_pictures_are_added_or_dead_lettered(deployed: Deployed) -> None:
    for key, picture in GOOD.items():
        deployed.cloud.upload(key, picture)
    deployed.cloud.upload("notes.jpg", b"not a picture at all")
    wait_until(lambda: len(deployed.outcomes()) == len(GOOD) + 1)
    assert {key: line["outcome"] for key, line in deployed.outcomes().items()} == {
        **dict.fromkeys(GOOD, "added"),
        "notes.jpg": "rejected",
    }
    assert {entry.pic_name for entry in deployed.cloud.image_search.entries()} == set(GOOD)
    (letter,) = deployed.cloud.dead_letters()
    assert (letter["code"], letter["source"]["key"]) == ("not_an_image", "notes.jpg")

    deployed.cloud.s3.delete_object(Bucket=deployed.cloud.bucket, Key="large.jpg")
    wait_until(lambda: deployed.outcomes()["large.jpg"]["outcome"] == "deleted")
    assert {entry.pic_name for entry in deployed.cloud.image_search.entries()} == set(GOOD) - {"large.jpg"}


def test_a_function_without_a_key_assumes_its_role(built: Built) -> None:
    """The layer has what that takes, such as STS among botocore's services."""
    with Deployed(built, KeylessAwsCloud(with_function=False, visibility_seconds=5)) as deployed:
        deployed.cloud.upload("shoes/1/a.jpg", jpeg())
        wait_until(lambda: "shoes/1/a.jpg" in deployed.outcomes())
        assert [entry.pic_name for entry in deployed.cloud.image_search.entries()] == ["shoes/1/a.jpg"]


def test_events_of_the_rule_are_ingested(deployed: Deployed, sam_process: SamProcess) -> None:
    """The template is deployed for an existing bucket with two prefixes."""
    cloud, bucket = deployed.cloud, "existing"
    keys = ["shoes/1/a.jpg", "hats/a.jpg", "shoes/鞋 +%41.jpg", "red caps/b.jpg"]
    cloud.s3.create_bucket(Bucket=bucket)
    cloud.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    template = sam_process.ask((ROOT / "template.yaml").read_text(encoding="utf-8"))["template"]
    credentials = {"CredentialsSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1b2c3"}
    given = {"InstanceName": "shop", "ExistingBucketName": bucket, "KeyPrefix": "shoes/,red caps/"}
    rule = Stack(template, **credentials, **given).properties("UploadRule")
    events = cloud.aws.client("events")
    events.put_rule(Name="uploads", EventPattern=json.dumps(rule["EventPattern"]))
    events.put_targets(Rule="uploads", Targets=[{"Id": "queue", "Arn": cloud.queue_arn}])
    for key in keys:
        cloud.s3.put_object(Bucket=bucket, Key=key, Body=jpeg())
    taken = {keys[0], keys[2], keys[3]}
    wait_until(lambda: taken <= deployed.outcomes().keys())
    assert {entry.pic_name for entry in cloud.image_search.entries()} == taken
    cloud.s3.delete_object(Bucket=bucket, Key=keys[2])
    wait_until(lambda: deployed.outcomes()[keys[2]]["outcome"] == "deleted")
    assert {entry.pic_name for entry in cloud.image_search.entries()} == taken - {keys[2]}
