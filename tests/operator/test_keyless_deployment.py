"""The key of an operator for a deployment that keeps none."""

import pytest

from imagesearch_ingest.adapters.alibaba_sts.keyless import KeylessCredentials
from imagesearch_ingest.credentials import Credentials
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.instance import open_credentials
from tests.support.builders import a_settings

ROLE = "acs:ram::1234567890123456:role/ingest"
KEYLESS = a_settings(role_arn=ROLE, oidc_provider_arn="acs:ram::1234567890123456:oidc-provider/aws")
OWN = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "own", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}


def a_deployment(environ: dict[str, str]) -> Deployment:
    return Deployment("shop", environ, None, None, None, KEYLESS)


def test_an_operator_uses_a_key_of_their_own() -> None:
    source = open_credentials(KEYLESS, a_deployment({**OWN, "AWS_LAMBDA_FUNCTION_NAME": "audit"}))
    assert source.get() == Credentials("own", "secret", None)


def test_an_operator_without_a_key_is_told_which_one() -> None:
    with pytest.raises(InputError) as error:
        open_credentials(KEYLESS, a_deployment({"AWS_REGION": "eu-central-1"}))
    assert str(error.value) == (
        f"shop keeps no access key: only its functions can assume {ROLE}. Set ALIBABA_CLOUD_ACCESS_KEY_ID and "
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET to a key of your own for this instance, and ALIBABA_CLOUD_SECURITY_TOKEN "
        "if it is temporary. docs/credentials.md says which permissions it needs."
    )


def test_an_audit_in_lambda_assumes_the_role() -> None:
    environ = {"AWS_REGION": "eu-central-1", "AWS_LAMBDA_FUNCTION_NAME": "audit"}
    assert isinstance(open_credentials(KEYLESS, a_deployment(environ)), KeylessCredentials)
