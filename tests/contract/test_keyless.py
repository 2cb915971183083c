"""Keys without a stored key: the real clients of both STS over sockets and TLS, to scripted services."""

from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.aws import client
from imagesearch_ingest.credentials import Credentials
from tests.support.fakes import VirtualClock
from tests.support.sts_wire import PROVIDER, ROLE, TwoSts, two_sts


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSts]:
    with two_sts() as both:
        for name, value in {
            "ACCESS_KEY_ID": "id",
            "SECRET_ACCESS_KEY": "secret",
            "ENDPOINT_URL_STS": both.aws.url,
        }.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        client._session.cache_clear()  # noqa: SLF001 - it keeps the first key that it finds
        yield both
        client._session.cache_clear()  # noqa: SLF001


KEY_1 = Credentials("STS.planted0000000000000001", "planted-secret-0000000000000001", f"CAISplanted{1:064d}")


def test_a_token_of_aws_becomes_a_key(sts: TwoSts) -> None:
    assert sts.source(VirtualClock()).get() == KEY_1
    (asked,) = sts.aws.requests
    assert TwoSts.form(asked) == {
        "Action": "GetWebIdentityToken",
        "Version": "2011-06-15",
        "Audience.member.1": "sts.aliyuncs.com",
        "DurationSeconds": "300",
        "SigningAlgorithm": "RS256",
    }
    (exchanged,) = sts.alibaba.requests
    assert TwoSts.form(exchanged) == {
        "OIDCProviderArn": PROVIDER,
        "RoleArn": ROLE,
        "RoleSessionName": "shop@aws",
        "DurationSeconds": "3600",
        "OIDCToken": sts.tokens[0],
    }
    assert (exchanged.method, exchanged.path) == ("POST", "/?Format=json")
