"""The settings of a deployment without an access key belong together."""

import pytest

from imagesearch_ingest.settings import Settings
from tests.unit.test_settings import REQUIRED, faults

ROLE = {"INGEST_ROLE_ARN": "acs:ram::1234567890123456:role/imagesearch-ingest"}
PROVIDER = {"INGEST_OIDC_PROVIDER_ARN": "acs:ram::1234567890123456:oidc-provider/aws"}


def test_role_and_provider_suffice() -> None:
    settings = Settings.from_env(REQUIRED | ROLE | PROVIDER)
    assert settings.role_arn == "acs:ram::1234567890123456:role/imagesearch-ingest"
    assert (settings.oidc_audience, settings.sts_endpoint) == ("sts.aliyuncs.com", None)
    more = {
        "INGEST_OIDC_AUDIENCE": "https://shop.example/a_b",
        "INGEST_STS_ENDPOINT": "sts-vpc.cn-shanghai.aliyuncs.com",
    }
    assert Settings.from_env(REQUIRED | ROLE | PROVIDER | more).oidc_audience == "https://shop.example/a_b"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (ROLE, "INGEST_ROLE_ARN is set, but INGEST_OIDC_PROVIDER_ARN is not. Set both, or remove INGEST_ROLE_ARN."),
        (
            PROVIDER,
            (
                "INGEST_OIDC_PROVIDER_ARN is set, but INGEST_ROLE_ARN is not. Set both, or "
                "remove INGEST_OIDC_PROVIDER_ARN."
            ),
        ),
        (
            {"INGEST_OIDC_AUDIENCE": "sts.aliyuncs.com"},
            "INGEST_OIDC_AUDIENCE is set, but INGEST_ROLE_ARN is not. Set both, or remove INGEST_OIDC_AUDIENCE.",
        ),
        (
            {"INGEST_STS_ENDPOINT": "sts.cn-shanghai.aliyuncs.com"},
            "INGEST_STS_ENDPOINT is set, but INGEST_ROLE_ARN is not. Set both, or remove INGEST_STS_ENDPOINT.",
        ),
        (
            ROLE | PROVIDER | {"INGEST_CREDENTIALS_SECRET": "name"},
            "INGEST_ROLE_ARN and INGEST_CREDENTIALS_SECRET are both set. Set the role or the secret, not both.",
        ),
        (
            ROLE | {"INGEST_OIDC_PROVIDER_ARN": "acs:ram::6543210987654321:oidc-provider/aws"},
            (
                "INGEST_OIDC_PROVIDER_ARN belongs to another account than INGEST_ROLE_ARN, which is of "
                "1234567890123456. A role trusts the identity providers of its own account only."
            ),
        ),
        (
            PROVIDER | {"INGEST_ROLE_ARN": "acs:ram::1234567890123456:oidc-provider/aws"},
            (
                "INGEST_ROLE_ARN is 'acs:ram::1234567890123456:oidc-provider/aws': must be the ARN of RAM's role, such "
                "as acs:ram::1234567890123456:role/imagesearch-ingest"
            ),
        ),
        (
            ROLE | {"INGEST_OIDC_PROVIDER_ARN": "acs:ram::1234567890123456:role/imagesearch-ingest"},
            (
                "INGEST_OIDC_PROVIDER_ARN is 'acs:ram::1234567890123456:role/imagesearch-ingest': must be the ARN of "
                "RAM's oidc-provider, such as acs:ram::1234567890123456:oidc-provider/imagesearch-ingest"
            ),
        ),
        (
            ROLE | PROVIDER | {"INGEST_STS_ENDPOINT": "https://sts.aliyuncs.com"},
            (
                "INGEST_STS_ENDPOINT is 'https://sts.aliyuncs.com': must be a host name without a scheme or path, such "
                "as host or host:443"
            ),
        ),
        (
            ROLE | PROVIDER | {"INGEST_OIDC_AUDIENCE": "a b"},
            "INGEST_OIDC_AUDIENCE is 'a b': must be 1 to 128 letters, digits, or any of . - _ : /",
        ),
    ],
)
def test_a_wrong_combination_is_one_line(given: dict[str, str], line: str) -> None:
    assert faults(REQUIRED | given) == [line]


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::123456789012:role/ingest", "imagesearch-ingest", "acs:ram::1234567890123456:role/a/b"]
)
def test_a_role_is_one_of_ram(arn: str) -> None:
    (line,) = faults(REQUIRED | PROVIDER | {"INGEST_ROLE_ARN": arn})
    assert line.startswith(f"INGEST_ROLE_ARN is {arn!r}: must be the ARN of RAM's role")


@pytest.mark.parametrize("share", ["0", "101", "33.5", "-1"])
def test_a_share_is_a_whole_percentage(share: str) -> None:
    (line,) = faults(REQUIRED | {"INGEST_RATE_SHARE_PERCENT": share})
    assert line.startswith(f"INGEST_RATE_SHARE_PERCENT is {share!r}: must be ")


@pytest.mark.parametrize(
    ("percent", "of_five", "text"), [("100", 5.0, ""), ("50", 2.5, " (50% of 5)"), ("33", 1.65, " (33% of 5)")]
)
def test_a_share_scales_rates(percent: str, of_five: float, text: str) -> None:
    settings = Settings.from_env(REQUIRED | {"INGEST_RATE_SHARE_PERCENT": percent})
    assert settings.share_of(5) == pytest.approx(of_five)
    assert settings.describe_share(5) == text


@pytest.mark.parametrize("name", ["my stack", "s" * 129, "a/b"])
def test_a_stack_has_a_plain_name(name: str) -> None:
    (line,) = faults(REQUIRED | {"INGEST_STACK_NAME": name})
    assert line.endswith("must be 1 to 128 letters, digits, hyphens or underscores")
