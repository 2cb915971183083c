"""The trust policy of a role decides which tokens may assume it."""

import pytest

from tests.local_cloud.sts.conftest import PROVIDER, SUBJECT

_ALLOW = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER]}}


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({}, 200),
        ({"StringEquals": {"oidc:sub": SUBJECT}}, 200),
        ({"StringEquals": {"oidc:sub": ["x", SUBJECT], "oidc:aud": "sts.aliyuncs.com"}}, 200),
        ({"StringEquals": {"oidc:sub": f"{SUBJECT}2"}}, 401),
        ({"StringEquals": {"oidc:sub": SUBJECT, "oidc:aud": "other"}}, 401),
        ({"StringEquals": {"oidc:sub": SUBJECT.upper()}}, 401),
        ({"StringEqualsIgnoreCase": {"oidc:sub": SUBJECT.upper()}}, 200),
        ({"StringLike": {"oidc:sub": "arn:aws:iam::123456789012:role/sho*"}}, 200),
        ({"StringLike": {"oidc:sub": "arn:aws:iam::999999999999:role/*"}}, 401),
        ({"StringNotEquals": {"oidc:sub": SUBJECT}}, 401),
        ({"StringNotLike": {"oidc:sub": "*:role/other"}}, 200),
        ({"StringEquals": {"oidc:email": "x"}}, 401),
        ({"NumericEquals": {"oidc:sub": SUBJECT}}, 401),
    ],
)
def test_conditions(trusting, ask, conditions: dict, status: int) -> None:
    trusting.trust(**conditions)
    answer = ask()
    assert answer.status == status
    if status == 401:
        assert answer.body["Code"] == "AuthenticationFail.NoPermission"


def test_the_issuer_is_a_condition(trusting, ask) -> None:
    trusting.trust(StringEquals={"oidc:iss": trusting.federation.issuer})
    assert ask().status == 200
    trusting.trust(StringEquals={"oidc:iss": "https://elsewhere.example"})
    assert ask().status == 401


@pytest.mark.parametrize(
    "statements",
    [
        [_ALLOW | {"Principal": {"Federated": [f"{PROVIDER}2"]}}],
        [_ALLOW | {"Principal": {"Service": ["fc.aliyuncs.com"]}}],
        [_ALLOW | {"Action": "sts:AssumeRoleWithSAML"}],
        [_ALLOW | {"Effect": "Deny"}],
        [_ALLOW, _ALLOW | {"Effect": "Deny"}],
    ],
)
def test_statements_that_do_not_allow(trusting, ask, statements: list) -> None:
    trusting.trust(*statements)
    assert ask().refusal == (401, "AuthenticationFail.NoPermission")


def test_a_provider_may_be_given_as_a_text(trusting, ask) -> None:
    trusting.trust(_ALLOW | {"Principal": {"Federated": PROVIDER}})
    assert ask().status == 200
