"""The behaviour of every CredentialSource, and of a worker whose access key is renewed while it lives."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import Credentials, CredentialSource, EnvironmentCredentials
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from local_cloud.aws import AwsServer
from local_cloud.image_search import ImageSearchService
from tests.support.fakes import FixedCredentials, VirtualClock, a_letter
from tests.support.pictures import jpeg
from tests.support.settled import Settled
from tests.support.sts_wire import TwoSts, issued_key

OLD, GOOD = Credentials("old", "old-secret", None), Credentials("id", "secret", None)
PICTURE = jpeg(120, 120)


def as_secret(credentials: Credentials) -> str:
    return json.dumps({"access_key_id": credentials.access_key_id, "access_key_secret": credentials.access_key_secret})


@dataclass
class Secret:
    """A secret in Secrets Manager on the local cloud."""

    client: Any
    name: str

    def put(self, text: str) -> None:
        self.client.put_secret_value(SecretId=self.name, SecretString=text)

    def source(self, clock: VirtualClock | None = None) -> SecretsManagerCredentials:
        return SecretsManagerCredentials(self.client, self.name, clock or VirtualClock())


@pytest.fixture
def secret(aws: AwsServer, unique_name: str) -> Secret:
    client = aws.client("secretsmanager")
    client.create_secret(Name=unique_name, SecretString=as_secret(OLD))
    return Secret(client, unique_name)


@dataclass
class Subject:
    source: CredentialSource
    renew: Callable[[Credentials], None]
    old: Credentials = OLD
    renewed: Credentials = GOOD


@pytest.fixture(params=["fake", "environment", "secret", "keyless"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "fake":
        fake = FixedCredentials(OLD)
        return Subject(fake, lambda renewed: setattr(fake, "renewed", renewed))
    if request.param == "environment":
        variables = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "old", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "old-secret"}
        names = dict(zip(variables, ("access_key_id", "access_key_secret"), strict=True))
        return Subject(
            EnvironmentCredentials(variables),
            lambda renewed: variables.update({name: getattr(renewed, field) for name, field in names.items()}),
        )
    if request.param == "keyless":  # STS makes a new key for each request
        sts: TwoSts = request.getfixturevalue("sts")
        return Subject(sts.source(VirtualClock()), lambda _: None, issued_key(1), issued_key(2))
    secret: Secret = request.getfixturevalue("secret")
    return Subject(secret.source(), lambda renewed: secret.put(as_secret(renewed)))


def test_a_fresh_read_finds_a_renewed_key(subject: Subject) -> None:
    assert subject.source.get() == subject.old
    subject.renew(subject.renewed)
    assert subject.source.get(fresh=True) == subject.renewed
    assert subject.source.get() == subject.renewed


def test_a_secret_is_cached_for_fifteen_minutes(secret: Secret) -> None:
    clock = VirtualClock()
    source = secret.source(clock)
    source.get()
    secret.put(as_secret(GOOD))
    clock.sleep(15 * 60 - 1)
    assert source.get() == OLD
    clock.sleep(1)
    assert source.get() == GOOD


def reason_of(source: CredentialSource) -> Reason:
    with pytest.raises(IngestError) as error:
        source.get()
    assert "old-secret" not in str(error.value)
    return error.value.reason


def test_a_missing_or_malformed_secret_is_systemic(secret: Secret) -> None:
    assert reason_of(SecretsManagerCredentials(secret.client, "nowhere", VirtualClock())) is Reason.CREDENTIALS
    for text in ("old-secret", "[]", '{"access_key_id": "old"}'):
        secret.put(text)
        assert reason_of(secret.source()) is Reason.CREDENTIALS
    secret.client.put_secret_value(SecretId=secret.name, SecretBinary=b"old-secret")
    assert reason_of(secret.source()) is Reason.CREDENTIALS


def test_a_failed_read_is_not_cached(secret: Secret) -> None:
    source = secret.source()
    secret.put("{}")
    assert reason_of(source) is Reason.CREDENTIALS
    secret.put(as_secret(GOOD))
    assert source.get() == GOOD


# In a running worker.


def index(service: ImageSearchService, source: CredentialSource) -> ImageSearchApi:
    settings = Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        queue_url="http://queue",
        dead_letter_queue_url="http://queue",
        https_proxy=service.proxy_url,
        ca_bundle=service.ca_path,
    )
    return ImageSearchApi(image_search_options(settings), source)


def test_a_renewed_key_costs_no_failure(image_search: ImageSearchService, secret: Secret) -> None:
    source = secret.source()
    assert source.get() == OLD  # and caches it
    secret.put(as_secret(GOOD))  # the service knows this key only
    settled = Settled(index=index(image_search, source))
    assert not settled.run(1)
    assert (settled.outcome.reason, settled.outcome.retries) == (None, 0)
    assert [call.code for call in image_search.calls] == ["InvalidAccessKeyId.NotFound", "OK", "OK", "OK"]


def test_a_wrong_secret_is_systemic(image_search: ImageSearchService, secret: Secret) -> None:
    settled = Settled(index=index(image_search, secret.source()))
    assert settled.run(999)
    assert settled.outcome.reason is Reason.CREDENTIALS
    assert settled.outcome.service_code == "InvalidAccessKeyId.NotFound"
    assert not settled.dead_letters.letters
    secret.put(as_secret(GOOD))
    assert not settled.run(1000)
    assert len(image_search.entries()) == 1


def test_a_renewed_key_is_tried_once(image_search: ImageSearchService) -> None:
    source = FixedCredentials(OLD, renewed=Credentials("older", "secret", None))
    assert Settled(index=index(image_search, source)).run(1)
    assert len(image_search.calls) == 2


def test_a_failing_source_counts_more_than_a_refused_key(
    image_search: ImageSearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key may have been renewed, but only another read could show that."""
    source = FixedCredentials(OLD)
    settled = Settled(index=index(image_search, source))

    def get(*, fresh: bool = False) -> Credentials:
        if fresh:
            raise IngestError(Reason.NETWORK, "down")
        return OLD

    monkeypatch.setattr(source, "get", get)
    assert settled.run(1)
    assert settled.outcome.reason is Reason.NETWORK


def test_threads_renew_a_refused_key_once(image_search: ImageSearchService) -> None:
    source, threads = FixedCredentials(OLD, renewed=GOOD), 6
    api, together = index(image_search, source), threading.Barrier(threads)

    def add(number: int) -> None:
        together.wait()
        request = AddImageRequest(instance_name="demo", product_id="p", pic_name=f"p/{number}.jpg", pic_content=PICTURE)
        api.add(api.upload(PICTURE), request)

    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(add, range(threads)))
    assert source.fresh_reads == 1
    assert len(image_search.entries()) == threads


# A key that no request can carry.


def test_a_secret_that_cannot_be_sent_is_read_again(image_search: ImageSearchService, secret: Secret) -> None:
    """It is not cached, so the next record finds the corrected one."""
    clock = VirtualClock()
    secret.put(json.dumps({"access_key_id": "id", "access_key_secret": "secret\n"}))
    settled = Settled(index=index(image_search, secret.source(clock)))
    assert settled.run(999)
    assert settled.outcome.reason is Reason.CREDENTIALS
    assert settled.outcome.detail.startswith("the field access_key_secret of the secret of INGEST_CREDENTIALS_SECRET")
    assert not image_search.calls
    secret.put(as_secret(GOOD))
    assert not settled.run(1000)


BROKEN = EnvironmentCredentials(
    {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "PLANTED-SECRET\n"}
)
SAID = r"ALIBABA_CLOUD_ACCESS_KEY_SECRET has a line feed (\n) at position 15: remove it"


def broken_oss() -> object:
    store = OssObjectStore(oss_client(BROKEN, region="cn-shanghai", endpoint="http://127.0.0.1:9"))
    return store.head(ObjectRef("alibaba", "shop", "a.jpg"))


def broken_smq() -> object:
    url = "http://127.0.0.1:9/queues/q"
    return SmqDeadLetterQueue(url, BROKEN, connect_timeout=1, read_timeout=1).send(a_letter())


@pytest.mark.parametrize("call", [broken_oss, broken_smq])
def test_a_key_that_cannot_be_sent_is_systemic_on_alibaba_cloud(call: Callable[[], object]) -> None:
    with pytest.raises(IngestError) as error:
        call()
    assert (error.value.reason, error.value.detail) == (Reason.CREDENTIALS, SAID)


def test_a_variable_that_cannot_be_sent_is_systemic(image_search: ImageSearchService) -> None:
    settled = Settled(index=index(image_search, BROKEN))
    assert settled.run(999)
    assert (settled.outcome.reason, settled.outcome.detail) == (Reason.CREDENTIALS, SAID)
    assert not settled.dead_letters.letters
