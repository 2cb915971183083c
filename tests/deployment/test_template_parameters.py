"""Every parameter of template.yaml does what it says, and CloudFormation refuses what cannot work."""

from typing import Any

import pytest

from tests.deployment.cloudformation import RefusedError, Stack, Template
from tests.deployment.conftest import ROOT, SamProcess

SECRET = {"CredentialsSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1b2c3"}
ROLE = {"AlibabaRoleArn": "acs:ram::1234567890123456:role/imagesearch-ingest"}
PROVIDER = {"AlibabaOidcProviderArn": "acs:ram::1234567890123456:oidc-provider/aws"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f3c"
BOUNDARY = "arn:aws:iam::123456789012:policy/teams/boundary"
AUDITED = {"AuditSchedule": "rate(30 days)", "ExistingBucketName": "pictures"}
OBJECTS = {"IngestRole": "ReadPictures", "AuditRole": "LookAtPictures"}
LISTINGS = {"IngestRole": "TellMissingFromForbidden", "AuditRole": "ListPictures"}


@pytest.fixture(scope="module")
def template(sam_process: SamProcess) -> Template:
    rendered: Template = sam_process.ask((ROOT / "template.yaml").read_text(encoding="utf-8"))["template"]
    return rendered


def deploy(template: Template, **parameters: str) -> Stack:
    """Return a stack with an access key, unless the parameters have credentials."""
    credentials = {} if {"CredentialsSecretArn", "AlibabaRoleArn"} & parameters.keys() else SECRET
    return Stack(template, **{"InstanceName": "shop"} | credentials | parameters)


def statements(stack: Stack, role: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a role, by their Sid."""
    (policy,) = stack.properties(role)["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


def variables(stack: Stack, function: str = "IngestFunction") -> dict[str, str]:
    found: dict[str, str] = stack.properties(function)["Environment"]["Variables"]
    return found


@pytest.mark.parametrize("credentials", [SECRET, ROLE | PROVIDER, ROLE | PROVIDER | {"OidcAudience": "shop"}])
def test_either_kind_of_credentials_is_accepted(template: Template, credentials: dict[str, str]) -> None:
    assert "IngestFunction" in Stack(template, InstanceName="shop", **credentials).resources


@pytest.mark.parametrize(
    ("credentials", "because"),
    [
        ({}, "The function has no credentials for Alibaba Cloud. Give CredentialsSecretArn, or AlibabaRoleArn"),
        (ROLE, "The function has no credentials for Alibaba Cloud."),
        (PROVIDER, "The function has no credentials for Alibaba Cloud."),
        (SECRET | ROLE | PROVIDER, "There are credentials of two kinds."),
        (SECRET | ROLE, "There are credentials of two kinds."),
        (SECRET | PROVIDER, "There are credentials of two kinds."),
    ],
)
def test_no_credentials_or_two_kinds_are_refused(template: Template, credentials: dict[str, str], because: str) -> None:
    with pytest.raises(RefusedError, match=because):
        Stack(template, InstanceName="shop", **credentials)


def test_keyless_access_reaches_the_functions_and_their_roles(template: Template) -> None:
    stack = deploy(template, **ROLE, **PROVIDER, OidcAudience="shop", **AUDITED)
    for function, role in (("IngestFunction", "IngestRole"), ("AuditFunction", "AuditRole")):
        given = variables(stack, function)
        assert given["INGEST_ROLE_ARN"] == "acs:ram::1234567890123456:role/imagesearch-ingest"
        assert given["INGEST_OIDC_PROVIDER_ARN"] == "acs:ram::1234567890123456:oidc-provider/aws"
        assert given["INGEST_OIDC_AUDIENCE"] == "shop"
        assert "INGEST_CREDENTIALS_SECRET" not in given
        assert "ReadCredentials" not in statements(stack, role)
        assert statements(stack, role)["IdentifyToAlibabaCloud"] == {
            "Sid": "IdentifyToAlibabaCloud",
            "Effect": "Allow",
            "Action": "sts:GetWebIdentityToken",
            "Resource": "*",
            "Condition": {
                "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": "shop"},
                "Null": {"sts:IdentityTokenAudience": False},
                "NumericLessThanEquals": {"sts:DurationSeconds": 300},
                "StringEquals": {"sts:SigningAlgorithm": "RS256"},
            },
        }


def test_with_an_access_key_no_tokens_are_allowed(template: Template) -> None:
    stack = deploy(template)
    assert "IdentifyToAlibabaCloud" not in statements(stack, "IngestRole")
    assert (
        variables(stack)
        .keys()
        .isdisjoint({"INGEST_ROLE_ARN", "INGEST_OIDC_PROVIDER_ARN", "INGEST_OIDC_AUDIENCE", "INGEST_EXTRA_SETTINGS"})
    )


def test_any_setting_can_be_given(template: Template) -> None:
    extra = '{"INGEST_JPEG_QUALITY": 85}'
    given = variables(deploy(template, ExtraSettings=extra, KeyTemplate="{product_id}/{*}", ServiceType="generic"))
    assert given["INGEST_EXTRA_SETTINGS"] == extra
    assert given["INGEST_KEY_TEMPLATE"] == "{product_id}/{*}"
    assert given["INGEST_SERVICE_TYPE"] == "generic"
    assert given["INGEST_STACK_NAME"] == "shop"
    with pytest.raises(RefusedError, match="ExtraSettings must be a JSON object"):
        deploy(template, ExtraSettings="INGEST_JPEG_QUALITY=85")


PREFIXES = ["shoes/", "red caps/", "äÿ/", "bags/2026-", "z"]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_the_rule_and_both_roles_know_each_prefix(template: Template, number: int) -> None:
    given = PREFIXES[:number]
    stack = deploy(template, **AUDITED, KeyPrefix=",".join(given))
    pattern = stack.properties("UploadRule")["EventPattern"]["detail"]
    assert pattern == {"bucket": {"name": ["pictures"]}, "object": {"key": [{"prefix": one} for one in given]}}
    for role in OBJECTS:
        allowed = statements(stack, role)
        assert allowed[OBJECTS[role]]["Resource"] == [f"arn:aws:s3:::pictures/{one}*" for one in given]
        assert allowed[LISTINGS[role]]["Condition"] == {"StringLike": {"s3:prefix": [f"{one}*" for one in given]}}
    audited = variables(stack, "AuditFunction")
    assert (audited["AUDIT_URL"], audited["AUDIT_PREFIXES"]) == ("s3://pictures/", ",".join(given))


def test_without_a_prefix_the_whole_bucket_is_taken(template: Template) -> None:
    stack = deploy(template, AuditSchedule="rate(30 days)")
    assert stack.properties("UploadRule")["EventPattern"]["detail"] == {"bucket": {"name": ["<Bucket>"]}}
    for role in OBJECTS:
        allowed = statements(stack, role)
        assert allowed[OBJECTS[role]]["Resource"] == ["arn:aws:s3:::<Bucket>/*"]
        assert "Condition" not in allowed[LISTINGS[role]]
    assert "AUDIT_PREFIXES" not in variables(stack, "AuditFunction")


@pytest.mark.parametrize(
    "prefixes", ["a,b,c,d,e,f", "a,", ",a", "a,,b", "a, b", "a ,b", "a,b*", "a?", "${a}", "a\\b", "鞋/", "a,\u0100/"]
)
def test_prefixes_that_would_mean_something_else_are_refused(template: Template, prefixes: str) -> None:
    with pytest.raises(RefusedError, match="up to five key prefixes, separated by commas without blanks"):
        deploy(template, KeyPrefix=prefixes)


def test_every_function_runs_in_the_subnets_that_are_given(template: Template) -> None:
    network = {"SubnetIds": "subnet-0a1b2c3d,subnet-0123456789abcdef0", "SecurityGroupIds": "sg-0a1b2c3d"}
    inside, outside = deploy(template, **network, **AUDITED), deploy(template, **AUDITED)
    functions = [name for name, one in inside.resources.items() if one["Type"] == "AWS::Lambda::Function"]
    assert {"IngestFunction", "AuditFunction"} <= set(functions)
    for function in functions:
        role = inside.properties(function)["Role"].strip("<>").removesuffix(".Arn")
        assert inside.properties(function)["VpcConfig"] == {
            "SubnetIds": ["subnet-0a1b2c3d", "subnet-0123456789abcdef0"],
            "SecurityGroupIds": ["sg-0a1b2c3d"],
        }
        assert "VpcConfig" not in outside.properties(function)
        assert "ConnectToVpc" in statements(inside, role)
        assert "ConnectToVpc" not in statements(outside, role)


@pytest.mark.parametrize("network", [{"SubnetIds": "subnet-0a1b2c3d"}, {"SecurityGroupIds": "sg-0a1b2c3d"}])
def test_subnets_and_security_groups_come_together(template: Template, network: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="Give SubnetIds and SecurityGroupIds together, or neither"):
        deploy(template, **network)


def test_the_boundary_holds_for_every_role(template: Template) -> None:
    bounded = deploy(template, PermissionsBoundaryArn=BOUNDARY, **AUDITED).resources
    roles = {name: one["Properties"] for name, one in bounded.items() if one["Type"] == "AWS::IAM::Role"}
    assert roles.keys() >= {"IngestRole", "AuditRole", "AuditScheduleRole"}
    assert {one["PermissionsBoundary"] for one in roles.values()} == {BOUNDARY}
    assert "PermissionsBoundary" not in deploy(template).properties("IngestRole")


def test_the_log_key_encrypts_every_log_group(template: Template) -> None:
    resources = deploy(template, LogKeyArn=KEY, **AUDITED).resources
    groups = {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Logs::LogGroup"}
    assert groups.keys() >= {"LogGroup", "AuditLogGroup"}
    assert {one["KmsKeyId"] for one in groups.values()} == {KEY}


def test_the_dead_letters_of_the_rule_need_no_key(template: Template) -> None:
    stack = deploy(template, QueueKeyArn=KEY)
    for queue in ("Queue", "DeadLetterQueue"):
        assert stack.properties(queue)["KmsMasterKeyId"] == KEY
    backup = stack.properties("RuleDeadLetterQueue")
    assert backup == {"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": True}


def test_only_few_parameters_have_no_default(template: Template) -> None:
    """What a stack of the template before has not, its update must not ask for."""
    assert [name for name, one in template["Parameters"].items() if "Default" not in one] == ["InstanceName"]


def test_every_parameter_says_what_it_is(template: Template) -> None:
    assert [name for name, one in template["Parameters"].items() if len(one.get("Description", "")) < 10] == []
