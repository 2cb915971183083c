"""The handler of Lambda with its access key in Secrets Manager."""

import importlib.util
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.support.pictures import jpeg

ROOT = Path(__file__).parents[2]
EVENT = json.loads((ROOT / "events/aws-sqs-object-created.json").read_text(encoding="utf-8"))
RIGHT = json.dumps({"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET})


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        cloud.upload("shoes/2092061/front.jpg", jpeg())
        cloud.aws.client("secretsmanager").create_secret(Name="key", SecretString="{}")
        yield cloud


@pytest.fixture
def secret(cloud: AwsCloud) -> Any:
    client = cloud.aws.client("secretsmanager")
    return lambda text: client.put_secret_value(SecretId="key", SecretString=text)


@pytest.fixture
def app(cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name, value in cloud.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_ID")
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    monkeypatch.setenv("INGEST_CREDENTIALS_SECRET", "key")
    cloud.image_search.reset()
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    spec = importlib.util.spec_from_file_location("app", ROOT / "functions/ingest_s3/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_key_of_secret_adds_picture(app: ModuleType, cloud: AwsCloud, secret) -> None:
    secret(RIGHT)
    assert app.handler(EVENT, Context()) == {"batchItemFailures": []}
    assert len(cloud.image_search.entries()) == 1


@pytest.mark.parametrize("wrong", [RIGHT.replace(ACCESS_KEY_SECRET, "another-secret"), "{}", "no JSON"])
def test_corrected_secret_works_in_same_worker(app: ModuleType, cloud: AwsCloud, secret, wrong: str) -> None:
    before = len(cloud.dead_letters())
    secret(wrong)
    assert app.handler(EVENT, Context())["batchItemFailures"]
    secret(RIGHT)
    assert app.handler(EVENT, Context()) == {"batchItemFailures": []}
    assert len(cloud.image_search.entries()) == 1
    assert len(cloud.dead_letters()) == before


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ALIBABA_CLOUD_ACCESS_KEY_SECRET", f"{ACCESS_KEY_SECRET}\n"), ("ALIBABA_CLOUD_ACCESS_KEY_ID", "\u200bLOCALKEY")],
)
def test_a_variable_that_cannot_be_sent_waits_for_a_person(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str
) -> None:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        monkeypatch.setenv(name, "LOCALKEY")
    monkeypatch.delenv("INGEST_CREDENTIALS_SECRET")
    monkeypatch.setenv(variable, value)
    assert app.handler(EVENT, Context())["batchItemFailures"]
    line = next(line for line in capsys.readouterr().out.splitlines() if '"object"' in line)
    logged = json.loads(line)
    assert (logged["reason"], logged["fault_class"]) == ("credentials", "systemic")
    assert logged["detail"].startswith(f"{variable} has a")
    assert ACCESS_KEY_SECRET not in line
