"""A function without a key: pictures reach the index, each refusal is told with what mends it, and nothing is lost."""

import base64
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme

from local_cloud.clouds.keyless import AUDIENCE, PROVIDER_ARN, ROLE_ARN, trust_policy
from local_cloud.sts import Fault, IssuedKey
from tests.support.keyless import KeylessWorld, Plant

TWENTY_MINUTES = 1200.0
# Shorter timeouts, so that a stall takes seconds.
SETTINGS = {"INGEST_INSTANCE_TIMEOUT_SECONDS": "1", "INGEST_BUCKET_TIMEOUT_SECONDS": "2"}


@pytest.fixture(scope="module")
def world() -> Iterator[KeylessWorld]:
    world = KeylessWorld(**SETTINGS)
    with world.cloud:
        yield world


@pytest.fixture(autouse=True)
def _right(world: KeylessWorld) -> Iterator[None]:
    yield
    world.cloud.set_up()


def _disable(world: KeylessWorld) -> None:
    world.cloud.federation.is_enabled = False


def _deny(world: KeylessWorld) -> None:
    world.cloud.federation.is_allowed = False


def _rotate(world: KeylessWorld) -> None:
    world.cloud.trust_authorities(world.cloud.issuer.ca_path, world.cloud.issuer.change_authority())


def _take_untrusted_authority(world: KeylessWorld) -> None:
    world.cloud.issuer.change_authority()


def _drop_audience(world: KeylessWorld) -> None:
    world.cloud.provider.client_ids = {"another"}


def _trust_another(world: KeylessWorld) -> None:
    issuer = world.cloud.federation.issuer
    world.cloud.sts.put_role(ROLE_ARN, trust_policy(issuer, AUDIENCE, "arn:aws:iam::123456789012:role/other"))


def _register_another_issuer(world: KeylessWorld) -> None:
    world.cloud.provider.issuer = "https://another.tokens.sts.global.api.aws"


def _silence_issuer(world: KeylessWorld) -> None:
    world.cloud.issuer.is_down = True


def _shift(aws: float = 0.0, alibaba: float = 0.0, *, checks_time: bool = True) -> Plant:
    """Set the clocks of the clouds. Both in one direction stand for the function's clock in the other."""

    def plant(world: KeylessWorld) -> None:
        world.cloud.federation.clock_skew = aws
        world.cloud.sts.clock_skew = world.cloud.image_search.clock_skew = alibaba
        world.cloud.sts.checks_time = checks_time

    return plant


def _use_unknown_host(world: KeylessWorld) -> None:
    world.cloud.update_stack({"INGEST_STS_ENDPOINT": "sts.eu-central-1.aliyuncs.com"})


def _fail_sts(fault: Fault) -> Plant:
    return lambda world: world.cloud.sts.faults.add(fault)


def _fail_aws(fault: Fault) -> Plant:
    return lambda world: world.cloud.aws.web_identity.faults.add(fault)


_CLOCK = "clock of this machine"
# What is planted, and a part of the sentence that says what to do.
REFUSALS: dict[str, tuple[Plant, str]] = {
    "federation disabled": (_disable, "aws iam enable-outbound-web-identity-federation"),
    "not allowed by IAM": (_deny, "sts:GetWebIdentityToken"),
    "fingerprint rotated": (_rotate, "aliyun ims AddFingerprintToOIDCProvider"),
    "issuer not trusted": (_take_untrusted_authority, "does not trust the issuer"),
    "issuer silent": (_silence_issuer, "INGEST_OIDC_PROVIDER_ARN"),
    "another issuer": (_register_another_issuer, "aws iam get-outbound-web-identity-federation-info"),
    "audience not registered": (_drop_audience, "is not a client ID"),
    "not trusted by the role": (_trust_another, "oidc:sub"),
    "role deleted": (lambda world: world.cloud.sts.delete_role(ROLE_ARN), "INGEST_ROLE_ARN does not exist"),
    "provider deleted": (
        lambda world: world.cloud.sts.delete_provider(PROVIDER_ARN),
        "INGEST_OIDC_PROVIDER_ARN does not exist",
    ),
    "function's clock behind": (_shift(TWENTY_MINUTES, TWENTY_MINUTES), _CLOCK),
    "function's clock ahead": (_shift(-TWENTY_MINUTES, -TWENTY_MINUTES), _CLOCK),
    "AWS's clock ahead": (_shift(aws=TWENTY_MINUTES), _CLOCK),
    "AWS's clock behind": (_shift(aws=-TWENTY_MINUTES), _CLOCK),
    "Alibaba's clock ahead": (_shift(alibaba=TWENTY_MINUTES), _CLOCK),
    "Alibaba's clock behind": (_shift(alibaba=-TWENTY_MINUTES), _CLOCK),
    # STS may leave the time of a request without a signature alone. The token has times of its own.
    "Alibaba's clock ahead, by the token": (_shift(alibaba=TWENTY_MINUTES, checks_time=False), "wrong time"),
    "Alibaba's clock behind, by the token": (_shift(alibaba=-TWENTY_MINUTES, checks_time=False), "OIDCToken.Invalid"),
}
# What is planted, the reason, and a part of the detail. The function repeats its calls first, which takes seconds.
OUTAGES: dict[str, tuple[Plant, str, str]] = {
    "STS down": (_fail_sts(Fault("error", None)), "service_unavailable", "ServiceUnavailable"),
    "STS resets": (_fail_sts(Fault("reset", None)), "network", "assuming the role"),
    "STS stalls": (_fail_sts(Fault("stall", None, seconds=20)), "timeout", "assuming the role"),
    "STS behind a broken load balancer": (_fail_sts(Fault("html", None)), "service_unavailable", "assuming the role"),
    "AWS down": (_fail_aws(Fault("error", None, "InternalFailure", 500)), "service_unavailable", "InternalFailure"),
    "AWS resets": (_fail_aws(Fault("reset", None)), "network", "AWS STS"),
    "AWS stalls": (_fail_aws(Fault("stall", None, seconds=4)), "timeout", "AWS STS"),
    "the proxy does not know STS": (_use_unknown_host, "network", "at sts.eu-central-1.aliyuncs.com"),
}


def _fail(world: KeylessWorld, name: str, plant: Plant) -> list[dict[str, Any]]:
    """Plant a fault, let the keys expire, and return the outcomes of pictures that are uploaded meanwhile."""
    plant(world)
    world.cloud.sts.expire_keys()
    keys = world.upload(name)
    found = list(world.outcomes(keys, seconds=60).values())
    assert [line["outcome"] for line in found] == ["failed"] * 3
    assert not set(keys) & world.indexed()
    return found


def _mend(world: KeylessWorld, capfd: pytest.CaptureFixture[str]) -> None:
    world.cloud.set_up()
    world.recover()
    assert world.cloud.dead_letters() == []
    assert world.find_leaks(*capfd.readouterr()) == []


def test_pictures_reach_the_index_with_one_key(world: KeylessWorld) -> None:
    keys = world.upload("first", 5)
    assert {line["outcome"] for line in world.outcomes(keys).values()} == {"added"}
    assert 1 <= len(world.cloud.sts.keys) <= 2  # one for each worker
    assert {(call.token, call.method) for call in world.cloud.sts.calls} == {("body", "POST")}
    assert {call.host for call in world.cloud.sts.calls} == {"sts.ap-southeast-1.aliyuncs.com"}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_systemic_and_nothing_is_lost(world: KeylessWorld, capfd, name: str) -> None:
    plant, sentence = REFUSALS[name]
    found = _fail(world, name, plant)
    assert {(line["reason"], line["fault_class"]) for line in found} == {("credentials", "systemic")}
    assert any(sentence in line["detail"] for line in found), found
    _mend(world, capfd)


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTAGES)
def test_an_outage_is_transient_and_nothing_is_lost(world: KeylessWorld, capfd, name: str) -> None:
    plant, reason, detail = OUTAGES[name]
    found = _fail(world, name, plant)
    assert {(line["reason"], line["fault_class"]) for line in found} == {(reason, "transient")}
    assert any(detail in line["detail"] for line in found), found
    if plant is _use_unknown_host:
        world.cloud.update_stack({"INGEST_STS_ENDPOINT": ""})
    _mend(world, capfd)


@pytest.mark.parametrize(
    "fault", [_fail_sts(Fault("error", 2, "Throttling.User", 400)), _fail_aws(Fault("error", 2, "Throttling", 400))]
)
def test_a_throttled_exchange_is_repeated(world: KeylessWorld, fault: Plant) -> None:
    fault(world)
    world.cloud.sts.expire_keys()
    found = world.outcomes(world.upload("throttled"))
    assert {line["outcome"] for line in found.values()} == {"added"}
    assert world.cloud.dead_letters() == []


def test_an_authority_that_is_not_trusted(world: KeylessWorld, capfd, tmp_path: Path) -> None:
    other, right = tmp_path / "other.pem", world.cloud.ca_path
    trustme.CA().cert_pem.write_to_path(other)

    def restart(path: Path) -> None:
        world.cloud.ca_path = path
        world.cloud.update_stack({})

    found = _fail(world, "authority", lambda _: restart(other))
    assert {line["fault_class"] for line in found} == {"systemic"}
    assert any("INGEST_CA_BUNDLE" in line["detail"] for line in found), found
    restart(right)
    _mend(world, capfd)


def test_a_leak_would_be_found(world: KeylessWorld) -> None:
    token, key = world.cloud.federation.issued[-1], world.cloud.sts.keys[-1]
    assert token in world.find_leaks(base64.b64encode(f"?OIDCToken={token}&x".encode()).decode())
    assert key.security_token in world.find_leaks(quote(f"{key.security_token}&", safe=""))
    assert key.access_key_secret in world.find_leaks(f"({key.access_key_secret})")


def test_a_key_that_expires_in_mid_batch_is_renewed(world: KeylessWorld) -> None:
    sts, calls = world.cloud.sts, itertools.count(1)

    def find_key(key_id: str) -> IssuedKey | None:
        if next(calls) == 9:  # of 16: each picture takes two calls with a signature
            sts.expire_keys()
        return sts.find_key(key_id)

    before = len(sts.keys)
    world.cloud.image_search.accept_keys_of(find_key)
    try:
        found = world.outcomes(world.upload("expiring", 8))
    finally:
        world.cloud.image_search.accept_keys_of(sts.find_key)
    assert next(calls) > 16
    assert {line["outcome"] for line in found.values()} == {"added"}
    assert len(sts.keys) > before
    assert world.cloud.dead_letters() == []


def test_keys_that_live_for_seconds_are_renewed(world: KeylessWorld) -> None:
    world.cloud.sts.key_seconds = 1
    world.cloud.sts.expire_keys()
    before, number = len(world.cloud.sts.keys), itertools.count()
    while len(world.cloud.sts.keys) < before + 3:
        found = world.outcomes(world.upload(f"short {next(number)}", 4))
        assert {line["outcome"] for line in found.values()} == {"added"}
    assert world.cloud.dead_letters() == []
