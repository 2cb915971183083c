"""checkov and cfn-guard find nothing in template.yaml without a reason, and refuse broken copies.

checkov's reasons stand in the template, where its users look for them. Those for Guard's rules stand here.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.cloudformation import Stack
from tests.deployment.conftest import ROOT, SamProcess
from tests.deployment.scanners import failed_checks, run_checkov, run_guard

TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
ACCOUNT = "123456789012"
_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/"
USUAL = {
    "InstanceName": "shop",
    "CredentialsSecretArn": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:key-AbCdEf",
}
# What a company that scans its templates would choose.
STRICT = USUAL | {
    "CredentialsKeyArn": f"{_KEY}1",
    "BucketKeyArn": f"{_KEY}2",
    "QueueKeyArn": f"{_KEY}3",
    "LogKeyArn": f"{_KEY}4",
    "LogRetentionDays": "365",
    "AlarmTopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:pages",
    "SubnetIds": "subnet-0123456a,subnet-0123456b",
    "SecurityGroupIds": "sg-0123456a",
    "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    "AuditSchedule": "rate(30 days)",
    "KeyPrefix": "shoes/,bags/",
}
# Rules of AWS Control Tower that the template breaks on purpose, whatever its parameters are.
ACCEPTED = {
    ("s3_bucket_logging_enabled", "Bucket"): "access logs need a second bucket; the owner of the data decides",
    ("s3_bucket_object_lock_enabled", "Bucket"): "a shop must be able to delete and replace its pictures",
    ("s3_bucket_versioning_enabled", "Bucket"): "old versions cost storage for ever; the owner of the data decides",
    ("sqs_dlq", "DeadLetterQueue"): "it is the dead-letter queue of Queue, whose ARN it cannot name without a cycle",
    ("sqs_dlq", "RuleDeadLetterQueue"): "it is the dead-letter queue of a rule, not of a queue",
}
# Rules that only the parameters of STRICT satisfy.
ACCEPTED_WITHOUT_PARAMETERS = {
    "cloudwatch_alarm_action": "AlarmTopicArn is empty: alarms are shown in CloudWatch only",
    "cloudwatch_log_group_encrypted": "LogKeyArn is empty: CloudWatch encrypts logs with a key of its own",
    "cloudwatch_log_group_retention_period": "LogRetentionDays is 30: no log has to be kept for a year",
    "lambda_inside_vpc": "SubnetIds is empty: the function talks to public endpoints over TLS only",
    "s3_bucket_default_encryption_kms": "BucketKeyArn is empty: S3 encrypts with a key of its own",
}


# By name: what is replaced in the template, by what, and the finding.
CHECKOV_REFUSES = {
    "public-acls": ("BlockPublicAcls: true", "BlockPublicAcls: false", ("CKV_AWS_53", "Bucket")),
    "public-policy": ("BlockPublicPolicy: true", "BlockPublicPolicy: false", ("CKV_AWS_54", "Bucket")),
    "every-action": ("Action: s3:GetObject", 'Action: "*"', ("CKV_AWS_63", "IngestRole")),
    "key-in-environment": (
        "INGEST_QUEUE_URL: !Ref Queue",
        "AWS_ACCESS_KEY_ID: AKIAIOSFODNN7EXAMPLE",
        ("CKV_AWS_45", "IngestFunction"),
    ),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return checkov's reports of the template, of one without its reasons, and of the broken copies."""
    bare = re.sub(r"(?m)^ +checkov:.*\n +skip:\n(?: +- id: .*\n +comment: .*\n)+", "", TEMPLATE)
    copies = {name: re.sub(one, other, TEMPLATE) for name, (one, other, _) in CHECKOV_REFUSES.items()}
    assert TEMPLATE not in (bare, *copies.values())
    return run_checkov({"template": TEMPLATE, "bare": bare, **copies}, tmp_path_factory.mktemp("checkov"))


def test_checkov_finds_nothing_without_a_reason(reports: dict[str, dict[str, Any]]) -> None:
    report = reports["template"]
    assert failed_checks(report) == set()
    assert all(len(one["check_result"]["suppress_comment"].split()) > 5 for one in report["skipped_checks"])
    assert len(report["passed_checks"]) > 30


def test_every_reason_for_checkov_is_needed(reports: dict[str, dict[str, Any]]) -> None:
    stated = {(one["check_id"], one["resource"].rpartition(".")[2]) for one in reports["template"]["skipped_checks"]}
    assert failed_checks(reports["bare"]) == stated


@pytest.mark.parametrize("name", CHECKOV_REFUSES)
def test_checkov_refuses_a_broken_copy(reports: dict[str, dict[str, Any]], name: str) -> None:
    assert CHECKOV_REFUSES[name][2] in failed_checks(reports[name])


@pytest.fixture(scope="module")
def rendered(sam_process: SamProcess) -> dict[str, Any]:
    template: dict[str, Any] = sam_process.ask(TEMPLATE)["template"]
    return template


def test_guard_finds_nothing_without_a_reason(rendered: dict[str, Any], tmp_path: Path) -> None:
    stacks = {"usual": USUAL, "strict": STRICT}
    resolved = {name: Stack(rendered, **parameters).resources for name, parameters in stacks.items()}
    found = run_guard(resolved, tmp_path)
    assert found["strict"] == ACCEPTED.keys()
    assert {rule for rule, _ in found["usual"] - ACCEPTED.keys()} == ACCEPTED_WITHOUT_PARAMETERS.keys()


# By name: a resource, a property, its value, and the rule.
GUARD_REFUSES: dict[str, tuple[str, str, Any, str]] = {
    "no-encryption": ("Queue", "SqsManagedSseEnabled", False, "sqs_queue_encrypted"),
    "no-redrive": ("Queue", "RedrivePolicy", {}, "sqs_dlq"),
    "public": ("Bucket", "PublicAccessBlockConfiguration", {}, "s3_bucket_level_public_access_prohibited"),
    "silent": ("Bucket", "NotificationConfiguration", {}, "s3_event_notifications_enabled"),
    "plain-http": ("BucketPolicy", "PolicyDocument", {"Statement": []}, "s3_bucket_policy_ssl_requests_only"),
    "no-action": ("FunctionErrorAlarm", "ActionsEnabled", False, "cloudwatch_alarm_action_enabled"),
}


def test_guard_refuses_broken_copies(rendered: dict[str, Any], tmp_path: Path) -> None:
    copies: dict[str, dict[str, Any]] = {}
    for name, (resource, field, value, _) in GUARD_REFUSES.items():
        copies[name] = Stack(rendered, **{**STRICT, "QueueKeyArn": ""}).resources
        copies[name][resource]["Properties"][field] = value
    found = run_guard(copies, tmp_path)
    missed = {name for name, (resource, *_, rule) in GUARD_REFUSES.items() if (rule, resource) not in found[name]}
    assert missed == set()
