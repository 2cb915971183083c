"""Secrets are planted wherever one can occur. The function must not write any of them."""

import base64
import importlib.util
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests

from imagesearch_ingest.adapters.image_search.client import Client
from imagesearch_ingest.adapters.subprocess.child_process import PROGRAM, ChildProcess
from imagesearch_ingest.adapters.telemetry import SERVICE
from imagesearch_ingest.events import encode_event_key
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import Settings
from local_cloud.clouds.aws import AwsCloud
from tests.support.secret_forms import find_secrets

ROOT = Path(__file__).parents[2]
KEY_ID, KEY_SECRET, TOKEN = "LTAI5tPLANTEDPLANTEDAB", "PLANTED/access+key=secret", "CAISPLANTEDtoken/of+STS=="
KEY_SECRET_IN_BASE64 = base64.b64encode(KEY_SECRET.encode()).decode()
AWS_KEY_ID, AWS_SECRET, AWS_TOKEN = "ASIAPLANTEDPLANTEDAB", "PLANTED/aws+secret", "IQoJb3JpZ2luPLANTED/session+token"
SIGNED = (
    f"https://shop.s3.amazonaws.com/k.jpg?X-Amz-Credential={AWS_KEY_ID}%2F20260101%2Fus-east-1"
    f"&X-Amz-Security-Token={quote(AWS_TOKEN, safe='')}&X-Amz-Signature=PLANTED0123456789abcdef"
)
OSS_SIGNED = f"https://shop.oss-cn-shanghai.aliyuncs.com/k.jpg?OSSAccessKeyId={KEY_ID}&Signature=PLANTEDsignature%3D"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJQTEFOVEVEIjoxfQ.UExBTlRFRHNpZ25hdHVyZQ"
DEFAULTS = dict(ChildProcess.__init__.__kwdefaults__)
# The planted secrets, text that follows one in the same value, and their base64.
TRACES = ("PLANTED", "key=secret", "aws+secret", "session+token", "of+STS", "UExBTlRFR", "eyJQTEFO")


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        secret = {"access_key_id": KEY_ID, "access_key_secret": KEY_SECRET, "security_token": TOKEN}
        cloud.aws.client("secretsmanager").create_secret(Name="planted", SecretString=json.dumps(secret))
        cloud.aws.client("secretsmanager").create_secret(Name="malformed", SecretString=f'{{"access_key": {KEY_SECRET}')
        yield cloud


class Function:
    """The handler in this process, and everything that it writes."""

    def __init__(self, cloud: AwsCloud, module: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
        self._cloud = cloud
        self._module = module
        self._capfd = capfd
        self._letters = len(cloud.dead_letters())
        self.lines: list[dict[str, Any]] = []

    def takes(self, *bodies: str) -> list[dict[str, Any]]:
        """Return the dead letters, and check that no output holds a planted secret.

        The messages are in the last day of their retention, so that each fault becomes a dead letter.
        """
        sent_at = datetime.now(UTC) - timedelta(days=13, hours=12)
        records = [
            {
                "eventSource": "aws:sqs",
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "attributes": {
                    "ApproximateReceiveCount": "8",
                    "SentTimestamp": str(round(sent_at.timestamp() * 1000)),
                },
                "body": body,
            }
            for number, body in enumerate(bodies)
        ]
        answer = self._module.handler({"Records": records}, Context())
        letters = self._cloud.dead_letters()[self._letters :]
        out, err = self._capfd.readouterr()
        assert_clean(out, err, json.dumps(letters), json.dumps(answer))
        self.lines = [line for line in map(json.loads, out.splitlines()) if line.get("message") == "object"]
        assert len(self.lines) == len(bodies)
        return letters


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 12_000


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert not [trace for trace in TRACES if trace in text], text
        assert find_secrets(text, KEY_SECRET, TOKEN, AWS_SECRET, AWS_TOKEN) == [], text


@pytest.fixture
def function(cloud: AwsCloud, monkeypatch, capfd) -> Callable[..., Function]:
    def make(**variables: str) -> Function:
        planted = {
            "AWS_ACCESS_KEY_ID": AWS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
            "AWS_SESSION_TOKEN": AWS_TOKEN,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
            "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        }
        for name, value in (cloud.environ() | planted | variables).items():
            monkeypatch.setenv(name, value)
        cloud.image_search.reset()
        # Powertools keeps one logger per service and process, which would keep the standard output of the first test.
        logging.Logger.manager.loggerDict.pop(SERVICE, None)
        spec = importlib.util.spec_from_file_location("app", ROOT / "functions/ingest_s3/app.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return Function(cloud, module, capfd)

    return make


def upload_of(key: str) -> str:
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "pictures"}, "object": {"key": encode_event_key(key), "size": 10, "eTag": "e"}},
    }
    return json.dumps({"Records": [record]})


def test_refused_environment_keys(function) -> None:
    function = function()
    function.takes(upload_of("gone.jpg"))
    assert function.lines[0]["reason"] == "credentials"


@pytest.mark.parametrize("name", ["planted", "malformed", "nowhere"])
def test_unusable_secret(function, name: str) -> None:
    function = function(INGEST_CREDENTIALS_SECRET=name)
    function.takes(upload_of("gone.jpg"))
    assert function.lines[0]["reason"] == "credentials"


def test_unreachable_proxy_with_password(function) -> None:
    function = function(INGEST_HTTPS_PROXY="http://user:PLANTEDpassword@127.0.0.1:9")
    (letter,) = function.takes(upload_of("gone.jpg"))
    assert letter["code"] == "network"


@pytest.mark.parametrize(
    "body",
    [
        f"see {SIGNED} and {OSS_SIGNED}",
        json.dumps({"url": SIGNED}),
        json.dumps({"Records": [{"s3": SIGNED}], "note": json.dumps({"url": OSS_SIGNED})}),
        json.dumps({"Message": json.dumps({"access_key_secret": KEY_SECRET, "token": JWT})}),
        quote_plus(SIGNED),
        f"Authorization: Bearer {JWT}",
    ],
)
def test_secret_in_malformed_message(function, body: str) -> None:
    (letter,) = function().takes(body)
    assert letter["code"] == "event_malformed"
    assert "***" in letter["original_event"] or "?…" in letter["original_event"]


@pytest.mark.parametrize("key", [SIGNED, OSS_SIGNED, f"shoes/front.jpg?{SIGNED.partition('?')[2]}"[:250]])
def test_signed_url_as_key(function, cloud: AwsCloud, key: str) -> None:
    cloud.upload(key, b"no picture")
    (letter,) = function().takes(upload_of(key))
    assert letter["source"]["key"].startswith(key.partition("?")[0])


def test_signed_url_in_metadata(function, cloud: AwsCloud) -> None:
    names = ("imagesearch-category-id", "imagesearch-int-attr", "imagesearch-region", "note")
    cloud.upload("shoes/front.jpg", b"no picture", dict.fromkeys(names, SIGNED))
    (letter,) = function().takes(upload_of("shoes/front.jpg"))
    assert letter["source"]["key"] == "shoes/front.jpg"


ECHOES = [
    f"Specified access key is not found: {KEY_ID}, {quote(TOKEN, safe='')}, {KEY_SECRET_IN_BASE64}",
    f"server string to sign is:GET&%2F&SecurityToken%3D{quote(quote(TOKEN, safe=''))}%26Action",
    f"Max retries exceeded with url: /?OIDCToken={JWT}&Version=1 (Caused by SSLError(5))",
    f"with headers {{'x-acs-security-token': '{TOKEN}', 'Authorization': 'ACS3-HMAC-SHA256 Signature=PLANTED'}}",
    f"could not fetch {SIGNED}",
]


@pytest.mark.parametrize("text", ECHOES)
def test_sdk_exception_that_quotes_request(function, monkeypatch, text: str) -> None:
    """The text of an unexpected exception is the outcome's detail. Its traceback and causes are logged."""

    def fail(*_: object) -> None:
        raise RuntimeError(f"it failed: {text}") from requests.ConnectionError(text)

    monkeypatch.setattr(Client, "delete_image_with_options", fail)
    function = function()
    (letter,) = function.takes(upload_of("gone.jpg"))
    assert letter["code"] == "internal_error"
    assert "it failed" in letter["message"]
    assert "ConnectionError" in function.lines[0]["traceback"]


@pytest.mark.parametrize("text", ECHOES)
def test_service_message_that_echoes_key(function, monkeypatch, text: str) -> None:
    """Only the message of Success=false in a 200 answer is passed on."""

    class Body:
        success, code, message, request_id = False, 1, text, "R"

    monkeypatch.setattr(Client, "delete_image_with_options", lambda *_: type("Answer", (), {"body": Body}))
    (letter,) = function().takes(upload_of("gone.jpg"))
    assert letter["message"].startswith("DeleteImage failed: Success=false")


# The child, in which a picture crashes a library, ends with a fault of our own, or is refused with what it holds.
ODD_CHILD = """
import sys
sys.path[:] = sys.argv[2:]
import os, signal
from imagesearch_ingest import images
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
def prepare(data, policy):
    text = data.decode("latin-1")
    if text.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if text.startswith("refuse"):
        raise IngestError(Reason.CORRUPT_IMAGE, text)
    raise RuntimeError(text)
images.prepare = prepare
"""
IN_ALL_FORMS = f"{KEY_SECRET} {quote(TOKEN, safe='')} {KEY_SECRET_IN_BASE64} {json.dumps({'a': AWS_SECRET})} {SIGNED}"


@pytest.mark.parametrize(
    ("how", "code"), [("crash", "worker_crash"), ("refuse", "corrupt_image"), ("fail", "internal_error")]
)
def test_child_that_fails_on_a_picture_with_secrets(
    function, cloud: AwsCloud, monkeypatch, how: str, code: str
) -> None:
    """Nothing that a child says is trusted: what it quotes is redacted like everything else."""
    monkeypatch.setattr(ChildProcess.__init__, "__kwdefaults__", {**DEFAULTS, "program": ODD_CHILD + PROGRAM})
    cloud.upload("shoes/front.jpg", f"{how} {IN_ALL_FORMS}".encode())
    (letter,) = function().takes(upload_of("shoes/front.jpg"))
    assert letter["code"] == code


def test_bug_of_the_worker_while_a_picture_is_prepared(function, cloud: AwsCloud, monkeypatch) -> None:
    """Its traceback is logged, with the text of the exception."""

    def fail(*_: object) -> None:
        raise RuntimeError(f"it failed: {IN_ALL_FORMS}") from ValueError(IN_ALL_FORMS)

    monkeypatch.setattr(ChildProcess, "prepare", fail)
    cloud.upload("shoes/front.jpg", b"any")
    function = function()
    (letter,) = function.takes(upload_of("shoes/front.jpg"))
    assert letter["code"] == "internal_error"
    assert "ValueError" in function.lines[0]["traceback"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INGEST_QUEUE_URL", "user:PLANTEDpassword@sqs.example/1/q"),
        ("INGEST_DEAD_LETTER_QUEUE_URL", "htp://user:PLANTED@sqs.example/1/q"),
        ("INGEST_HTTPS_PROXY", "user:PLANTED@proxy:3128"),
        ("INGEST_CREDENTIALS_SECRET", json.dumps({"access_key_secret": "PLANTED"})),
        ("INGEST_CREDENTIALS_SECRET", "PLANTED secret"),
        ("INGEST_INSTANCE_REGION", KEY_SECRET),  # pasted into the wrong field
        ("INGEST_INSTANCE_ENDPOINT", SIGNED),
        ("INGEST_CA_BUNDLE", f"/{JWT}"),
        ("INGEST_DEFAULT_INT_ATTR", KEY_ID),
    ],
)
def test_secret_in_wrong_setting(cloud: AwsCloud, name: str, value: str) -> None:
    environ = cloud.environ() | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET, name: value}
    with pytest.raises(SettingsError) as error:
        Settings.from_env(environ)
    assert name in str(error.value)
    assert_clean(str(error.value), repr(error.value), repr(error.value.__context__), repr(error.value.__cause__))
