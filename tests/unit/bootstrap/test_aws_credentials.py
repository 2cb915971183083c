"""Which source of access keys the settings choose on AWS, and what it is made of."""

import pytest
from darabonba.core import DaraCore

from imagesearch_ingest.adapters.alibaba_sts.keyless import KeylessCredentials
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap import aws_credentials
from imagesearch_ingest.bootstrap.aws_credentials import credential_source
from imagesearch_ingest.bootstrap.common import CONNECTIONS, image_search_options
from imagesearch_ingest.credentials import CredentialSource, EnvironmentCredentials
from imagesearch_ingest.image_search import DeleteImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.redaction import Redactor
from tests.support.builders import a_settings
from tests.support.sts_wire import PROVIDER, ROLE, TwoSts, two_sts

ENVIRON = {"AWS_REGION": "eu-central-1"}
KEYLESS = {"role_arn": ROLE, "oidc_provider_arn": PROVIDER}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the services for which clients are made."""
    made: list[str] = []
    real = aws_credentials.aws_client

    def make(service: str, *arguments: object, **named: object) -> object:
        made.append(service)
        return real(service, *arguments, **named)

    monkeypatch.setattr(aws_credentials, "aws_client", make)
    return made


def source_for(**options: object) -> CredentialSource:
    return credential_source(a_settings(**options), ENVIRON, Redactor())


def test_without_a_choice_the_environment_is_read(services: list[str]) -> None:
    assert isinstance(source_for(), EnvironmentCredentials)
    assert services == []


def test_a_secret_is_read_from_secrets_manager(services: list[str]) -> None:
    assert isinstance(source_for(credentials_secret="key"), SecretsManagerCredentials)
    assert services == ["secretsmanager"]


def test_a_role_is_assumed_by_a_token(services: list[str]) -> None:
    assert isinstance(source_for(**KEYLESS), KeylessCredentials)
    assert services == ["sts"]


def test_settings_reach_both_requests() -> None:
    with two_sts() as sts:
        options = {
            **KEYLESS,
            "sts_endpoint": sts.endpoint,
            "ca_bundle": sts.ca_path,
            "oidc_audience": "shop",
            "stack_name": "s" * 128,
            "bucket_timeout_seconds": 5,
            "instance_timeout_seconds": 5,
        }
        source_for(**options).get()
        assert TwoSts.form(sts.aws.requests[0])["Audience.member.1"] == "shop"
        assert TwoSts.form(sts.alibaba.requests[0])["RoleSessionName"] == "s" * 64


def test_the_public_endpoint_of_the_region_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[str] = []
    monkeypatch.setattr(aws_credentials, "RoleAssumer", lambda endpoint, *_: hosts.append(endpoint))
    source_for(**KEYLESS, instance_region="cn-shanghai")
    assert hosts == ["sts.cn-shanghai.aliyuncs.com"]


def test_the_shortest_name_makes_a_valid_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's name has at least two characters."""
    names: list[str] = []
    monkeypatch.setattr(
        aws_credentials, "RoleAssumer", lambda _endpoint, role, _runtime: names.append(role.session_name)
    )
    source_for(**KEYLESS, stack_name="s")
    assert names == ["s@aws"]


def test_both_hosts_of_alibaba_share_one_tls_context() -> None:
    """Making one takes longer than the exchange itself."""
    with two_sts() as sts:
        options = {
            **KEYLESS,
            "sts_endpoint": sts.endpoint,
            "ca_bundle": sts.ca_path,
            "instance_endpoint": "127.0.0.1:9",
        }
        source = source_for(**options)
        source.get()
        index = ImageSearchApi(image_search_options(a_settings(**options), CONNECTIONS), source)
        with pytest.raises(IngestError):
            index.delete(DeleteImageRequest(instance_name="demo", product_id="p", pic_name="a.jpg"))
        sessions = [one for key, one in DaraCore._sessions.items() if sts.endpoint in key or "127.0.0.1:9:" in key]  # noqa: SLF001 - the SDK shows it nowhere else
    assert len(sessions) == 2
    assert len({id(one.get_adapter("https://a")) for one in sessions}) == 1
