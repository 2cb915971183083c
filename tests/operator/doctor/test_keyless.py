"""``doctor`` on a deployment without an access key: what is missing on either side."""

from collections.abc import Iterator

import pytest

from imagesearch_ops.doctor.running import run_doctor
from local_cloud.clouds.keyless import AUDIENCE, PROVIDER_ARN, ROLE_ARN, KeylessAwsCloud, trust_policy
from local_cloud.sts.issuer import find_fingerprint
from tests.support.ram import Ram

OWN_KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-local", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "local-secret"}
FUNCTION_ROLE = "arn:aws:iam::123456789012:role/local-ingest"


@pytest.fixture(scope="module")
def started() -> Iterator[KeylessAwsCloud]:
    with KeylessAwsCloud(with_function=False, visibility_seconds=1800) as cloud:
        yield cloud


@pytest.fixture
def cloud(started: KeylessAwsCloud) -> KeylessAwsCloud:
    started.set_up()
    # The laptop reaches the issuer by the local proxy, which has its own authority.
    started.image_search.serve_neighbour([started.issuer.host], started.issuer._respond)  # noqa: SLF001 - as above
    started.provider.fingerprints = {find_fingerprint(started.ca_path)}
    return started


@pytest.fixture
def ram(cloud: KeylessAwsCloud) -> Ram:
    ram = Ram(cloud)
    ram.attached["imagesearch-ingest"] = ["imagesearch-ingest"]
    return ram


@pytest.fixture
def environ(cloud: KeylessAwsCloud) -> dict[str, str]:
    return cloud.environ() | OWN_KEY


def test_a_deployment_that_has_everything(diagnose, environ, ram: Ram) -> None:  # noqa: ARG001
    found = diagnose(environ, stack="local")
    assert found.broken == set()
    assert {name for name in found.named(ok=True) if name.startswith("keyless.")} == {
        "keyless.federation",
        "keyless.permission",
        "keyless.provider",
        "keyless.fingerprint",
        "keyless.role",
        "keyless.policy",
        "keyless.setup",
    }
    assert found["keyless.setup"]["detail"] == "nothing to create"
    assert found["key.secret"]["detail"] == (
        f"not kept: the function assumes {ROLE_ARN}; commands on this machine use the key of the shell"
    )
    assert found["key.valid"]["ok"] is None
    assert "of this shell's key: accepted" in found["key.valid"]["detail"]


def _disable(cloud: KeylessAwsCloud) -> None:
    cloud.federation.is_enabled = False


def _deny(cloud: KeylessAwsCloud) -> None:
    cloud.federation.is_allowed = False


def _change_issuer(cloud: KeylessAwsCloud) -> None:
    cloud.provider.issuer = "https://another.tokens.sts.global.api.aws"


def _trust(audience: str = AUDIENCE, subject: str = FUNCTION_ROLE, issuer: str | None = None):
    return lambda cloud: cloud.sts.put_role(
        ROLE_ARN, trust_policy(issuer or cloud.federation.issuer, audience, subject)
    )


@pytest.mark.parametrize(
    ("plant", "check", "said", "fix"),
    [
        (_disable, "federation", "is not enabled", "aws iam enable-outbound-web-identity-federation"),
        (_deny, "permission", "may not call sts:GetWebIdentityToken", "sam deploy"),
        (
            lambda cloud: cloud.sts.delete_provider(PROVIDER_ARN),
            "provider",
            "no OIDC provider aws",
            "CreateOIDCProvider",
        ),
        (_change_issuer, "provider", "its issuer is https://another", "aliyun ims DeleteOIDCProvider"),
        (
            lambda cloud: cloud.provider.client_ids.clear(),
            "provider",
            "sts.aliyuncs.com is not one of its client IDs",
            "aliyun ims AddClientIdToOIDCProvider --OIDCProviderName aws --ClientId sts.aliyuncs.com",
        ),
        (
            lambda cloud: cloud.provider.fingerprints.clear(),
            "fingerprint",
            "no fingerprint",
            "aliyun ims AddFingerprintToOIDCProvider --OIDCProviderName aws --Fingerprint",
        ),
        (lambda cloud: cloud.sts.delete_role(ROLE_ARN), "role", "no role imagesearch-ingest", "aliyun ram CreateRole"),
        (_trust(audience="x"), "role", "oidc:aud must be x, and the token's is sts.aliyuncs.com", "UpdateRole"),
        (_trust(subject=f"{FUNCTION_ROLE}2"), "role", f"oidc:sub must be {FUNCTION_ROLE}2", "UpdateRole"),
        (_trust(issuer="https://x"), "role", "oidc:iss must be https://x", "aliyun ram UpdateRole"),
        (lambda cloud: cloud.sts.put_role(ROLE_ARN, {}), "role", "no statement allows sts:AssumeRole", "UpdateRole"),
    ],
)
def test_a_fault_is_told_with_what_mends_it(  # noqa: PLR0917 - fixtures
    cloud: KeylessAwsCloud, ram: Ram, diagnose, environ, plant, check: str, said: str, fix: str
) -> None:
    assert ram.attached
    plant(cloud)
    found = diagnose(environ, stack="local")
    name = f"keyless.{check}"
    assert found.broken == {name}
    assert found.code == 7
    assert said in found[name]["detail"]
    assert fix in found[name]["fix"]
    assert found["keyless.setup"]["ok"] is None
    assert "aliyun ims CreateOIDCProvider" in found["keyless.setup"]["fix"]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([{"Condition": {"StringNotEquals": {"oidc:sub": "x"}}}], "has StringNotEquals, which is not looked at"),
        ([{}, {"Effect": "Deny"}], "has a Deny, which is not looked at"),
    ],
)
def test_a_trust_policy_of_another_kind_is_unknown(  # noqa: PLR0917 - fixtures
    cloud: KeylessAwsCloud, ram: Ram, diagnose, environ, statements: list, said: str
) -> None:
    assert ram.attached
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER_ARN]}}
    cloud.sts.put_role(ROLE_ARN, {"Version": "1", "Statement": [allow | one for one in statements]})
    found = diagnose(environ, stack="local")
    assert found.broken == set()
    assert said in found["keyless.role"]["detail"]


def test_the_roles_of_the_function_that_is_there_are_trusted(ram: Ram, diagnose, environ) -> None:
    ram.attached.clear()
    fix = diagnose(environ, stack="local")["keyless.setup"]["fix"]
    assert f'"oidc:sub": ["{FUNCTION_ROLE}", "arn:aws:iam::123456789012:role/local-AuditRole-*"' in fix


def test_a_role_without_a_policy(ram: Ram, diagnose, environ) -> None:
    ram.attached.clear()
    found = diagnose(environ, stack="local")
    assert found.broken == {"keyless.policy"}
    assert "aliyun ram AttachPolicyToRole --PolicyType Custom" in found["keyless.policy"]["fix"]


def test_without_a_key_of_ones_own_ram_is_unknown_with_what_to_run(cloud: KeylessAwsCloud, diagnose) -> None:
    found = diagnose(cloud.environ(), stack="local")
    assert found.broken == set()
    assert found["keyless.provider"]["detail"].startswith("unknown: needs a key of your own")
    assert found["keyless.provider"]["fix"] == "aliyun ims GetOIDCProvider --OIDCProviderName aws"
    assert found["keyless.role"]["fix"] == "aliyun ram GetRole --RoleName imagesearch-ingest"
    assert found["keyless.federation"]["ok"] is True
    assert "aliyun ram CreateRole" in found["keyless.setup"]["fix"]
    assert found["key.valid"]["detail"].startswith("unknown: needs a key of your own")
    assert found["instance.exists"]["detail"].startswith("unknown: needs a key of your own")


def test_a_key_without_the_permission_is_unknown(ram: Ram, diagnose, environ) -> None:
    ram.refuses = True
    found = diagnose(environ, stack="local")
    assert found.broken == set()
    assert "ram:GetOIDCProvider" in found["keyless.provider"]["detail"]
    assert "ram:GetRole" in found["keyless.role"]["detail"]


def test_a_person_sees_all_commands_at_the_end(cloud: KeylessAwsCloud, diagnose, capsys) -> None:
    diagnose(cloud.environ(), stack="local")  # sets the variables of AWS
    run_doctor(cloud.environ(), stack="local", function=None, env_file=None, write=False, as_json=False)
    printed = capsys.readouterr().out
    deploy = (
        f"sam deploy --parameter-overrides AlibabaRoleArn={ROLE_ARN} AlibabaOidcProviderArn={PROVIDER_ARN} "
        """OidcAudience=sts.aliyuncs.com 'CredentialsSecretArn=""'"""
    )
    assert "All that access without a key needs, to copy into bash:\n\n# AWS, once" in printed
    assert f"\n{deploy}\n" in printed
