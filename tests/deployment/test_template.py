"""SAM, cfn-lint and the project's own rules accept template.yaml, and refuse broken copies."""

import re
import subprocess

import pytest

from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE
from tests.deployment import (
    policy,
    policy_alarms,
    policy_audit,
    policy_pace,
    policy_roles,
    policy_storage,
    policy_watch,
)
from tests.deployment.conftest import ROOT, SAM, SamProcess

POLICIES = (policy, policy_alarms, policy_roles, policy_storage, policy_pace, policy_audit, policy_watch)
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


def refusals(sam: SamProcess, text: str) -> list[str]:
    """Return why a template must not be deployed."""
    answer = sam.ask(text)
    template = answer["template"]
    return answer["findings"] + ([fault for rules in POLICIES for fault in rules.faults(template)] if template else [])


def test_sam_accepts_the_template(sam_environ: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - a fixed command
        [SAM / "sam", "validate", "--lint", "--template", "template.yaml"],
        cwd=ROOT,
        env=sam_environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rendered_template_may_be_deployed(sam_process: SamProcess) -> None:
    assert refusals(sam_process, TEMPLATE) == []


def without(block: str) -> tuple[str, str]:
    """Return a replacement that removes a key with everything below it."""
    return rf"(?m)^( *){block}:\n(?:\1 +.*\n)+", ""


BREAKAGES = {
    "a runtime that does not exist": ("Runtime: python3.13", "Runtime: python3.99", "E3030"),
    "a concurrency of 1": ("MaximumConcurrency: !FindInMap.*", "MaximumConcurrency: 1", "E3034"),
    "a visibility below the timeout": ("VisibilityTimeout: 1800", "VisibilityTimeout: 30", "E3505"),
    "a wildcard action": ("Action: s3:GetObject", "Action: s3:Get*", "a wildcard action"),
    "a right to write to the source": (
        "Action: s3:GetObject",
        "Action: [s3:GetObject, s3:PutObject]",
        "the bucket is only read",
    ),
    "a right to write in capitals": (
        "Action: s3:GetObject",
        "Action: [s3:GetObject, S3:PutObject]",
        "the bucket is only",
    ),
    "a right on everything of a service": (
        r"Action: sqs:SendMessage\n                Resource: !GetAtt DeadLetterQueue.Arn",
        "Action: sqs:SendMessage\n                Resource: arn:aws:sqs:*",
        "on every resource",
    ),
    "tokens for everybody": (r"sts:IdentityTokenAudience: !Ref .*", "sts:x: y", "sts:GetWebIdentityToken on every"),
    "network interfaces for the code": (
        r"lambda:SourceFunctionArn: true",
        "lambda:SourceFunctionArn: false",
        "ec2:CreateNetworkInterface on every resource without",
    ),
    "a bucket for all": (
        'Effect: Deny\n            Principal: "\\*"\n            Action: s3:',
        'Effect: Allow\n            Principal: "*"\n            Action: s3:',
        "BucketPolicy allows",
    ),
    "no dead-letter queue": (*without("RedrivePolicy"), "its queue has no dead-letter queue"),
    "a visibility of the timeout": ("VisibilityTimeout: 1800", "VisibilityTimeout: 300", "six times"),
    "no dead-letter queue of the rule": (*without("DeadLetterConfig"), "UploadRule has no dead-letter queue"),
    "a shared dead-letter queue": (
        "Arn: !GetAtt RuleDeadLetterQueue.Arn\n\n",
        "Arn: !GetAtt DeadLetterQueue.Arn\n\n",
        "UploadRule may not send",
    ),
    "a role of SAM's": ("Role: !GetAtt IngestRole.Arn", "Policies: []", "managed policy"),
    "no partial batch responses": (r" *FunctionResponseTypes: .*\n", "", "partial batch responses"),
    "workers without a shared quota": (
        "INGEST_MAX_CONCURRENCY: !FindInMap .*",
        'INGEST_MAX_CONCURRENCY: "1"',
        "shares of the quota",
    ),
    "a batch that takes too long": (
        r"Full: 625,",
        "Full: 6250,",
        "100 % of 5 a second cannot finish before the timeout",
    ),
    "a rate without a row": (r' *"20": { MaxConcurrency.*\n', "", "no row for 20"),
    "a share without a tier": ("BatchSize: Quarter", "BatchSize: Full", "25 % of 50 a second cannot finish"),
    "batches of the whole rate": (
        r"BatchSize: !FindInMap\n(?: +- .*\n)+",
        "BatchSize: 100\n",
        "its batches do not follow from the rate",
    ),
    "a queue that goes with the stack": (
        r"(?m)Type: AWS::SQS::Queue\n    DeletionPolicy: Retain.*$",
        "Type: AWS::SQS::Queue\n    DeletionPolicy: Delete",
        "DeadLetterQueue is deleted with the stack",
    ),
    "a bucket policy that goes with the stack": (
        "DeletionPolicy: Retain # no plain HTTP.*",
        "DeletionPolicy: Delete",
        "BucketPolicy is deleted with the stack",
    ),
    "a log group that collides": (
        r"RetentionInDays: .*\n",
        "RetentionInDays: 30\n      LogGroupName: shop\n",
        "LogGroup has a fixed name",
    ),
    "a backup that fails with its key": (
        "SqsManagedSseEnabled: true # never.*",
        "KmsMasterKeyId: !Ref QueueKeyArn",
        "its dead-letter queue needs a key",
    ),
    "a role without a boundary": (r" *PermissionsBoundary: .*\n", "", "IngestRole has no permissions boundary"),
    "logs under another key": (r" *KmsKeyId: .*\n", "", "LogGroup ignores the key"),
    "credentials that are optional": (
        r"- Assert: !Or\n +- !Not \[!Equals \[!Ref CredentialsSecretArn",
        "- Assert: !Or\n          - !Not [!Equals [!Ref InstanceName",
        "the template deploys without credentials",
    ),
    "a short retention": ("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600", "14 days"),
    "an unencrypted queue": (r" *SqsManagedSseEnabled: .*\n", "", "is not encrypted"),
    "a queue without TLS": ('aws:SecureTransport: "false"', 'aws:SecureTransport: "true"', "without TLS"),
    "a misspelt setting": ("INGEST_QUEUE_URL:", "INGEST_QUEUE_URI:", "INGEST_QUEUE_URI, which is not a setting"),
    "a log for ever": (r" *RetentionInDays: .*\n", "", "logs for ever"),
    "an audit of other settings": (
        "          AUDIT_URL:",
        "          INGEST_ADDS_PER_SECOND: 1\n          AUDIT_URL:",
        "AuditFunction audits with other settings",
    ),
    "an audit that may delete": (
        r"Action: \[sqs:ReceiveMessage, sqs:ChangeMessageVisibility",
        "Action: [sqs:ReceiveMessage, sqs:DeleteMessage",
        "AuditFunction may use sqs:DeleteMessage",
    ),
    "an audit for everybody": (
        r"AuditFunction:\n    Type: AWS::Serverless::Function\n    Condition: HasAudit\n",
        "AuditFunction:\n    Type: AWS::Serverless::Function\n",
        "AuditFunction is created without a schedule",
    ),
    "a layer for nobody": (
        r"OperatorLayer:\n    Type: AWS::Serverless::LayerVersion\n    Condition: HasAudit\n",
        "OperatorLayer:\n    Type: AWS::Serverless::LayerVersion\n",
        "is created without a schedule",
    ),
    "drift unwatched": (*without("DriftAlarm"), "no alarm watches Drift of AuditFunction"),
    "a failed audit unwatched": (*without("AuditFailedAlarm"), "no alarm watches Errors of AuditFunction"),
    "drift that is forgotten": ("TreatMissingData: ignore", "TreatMissingData: notBreaching", "before the next audit"),
    "a schedule of another kind": (r"ScheduleExpression: .*", "ScheduleExpression: [monthly]", "E3012"),
}


@pytest.mark.parametrize(("pattern", "replacement", "because"), BREAKAGES.values(), ids=BREAKAGES)
def test_broken_template_is_refused(sam_process: SamProcess, pattern: str, replacement: str, because: str) -> None:
    broken, times = re.subn(pattern, replacement, TEMPLATE)
    assert times, "the template has changed, so the pattern matches nothing"
    assert because in "\n".join(refusals(sam_process, broken))


def test_metrics_and_logs_have_library_names(sam_process: SamProcess) -> None:
    variables = sam_process.ask(TEMPLATE)["template"]["Resources"]["IngestFunction"]["Properties"]["Environment"]
    assert variables["Variables"]["POWERTOOLS_SERVICE_NAME"] == SERVICE
    assert variables["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE


def test_there_is_no_audit_unless_it_is_asked_for(sam_process: SamProcess) -> None:
    template = sam_process.ask(TEMPLATE)["template"]
    parameter = template["Parameters"]["AuditSchedule"]
    assert template["Conditions"]["HasAudit"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AuditSchedule"}, ""]}]}
    assert parameter["Default"] == ""
    accepted = re.compile(parameter["AllowedPattern"])
    assert [one for one in ("", "rate(30 days)", "cron(0 3 1 * ? *)") if not accepted.search(one)] == []
    assert [one for one in ("30 days", "at(2026-11-29T03:00:00)", "rate()", "0 3 1 * *") if accepted.search(one)] == []
