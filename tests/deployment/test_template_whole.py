"""A stack with every parameter, written out: what each role may do, what the functions know, and how uploads go.

The code decides what a role needs. A permission, a variable or a property that is missing fails only in an account.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployment.cloudformation import Stack, Template
from tests.deployment.conftest import ROOT, SamProcess

KEY = "arn:aws:kms:eu-west-1:123456789012:key/{}".format
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1b2c3"
EVERYTHING = {
    "InstanceName": "shop",
    "CredentialsSecretArn": SECRET,
    "CredentialsKeyArn": KEY("secret"),
    "BucketKeyArn": KEY("bucket"),
    "QueueKeyArn": KEY("queue"),
    "ExistingBucketName": "pictures",
    "KeyPrefix": "a/,b/",
    "KeyTemplate": "{product_id}/{*}",
    "ExtraSettings": '{"INGEST_JPEG_QUALITY": 85}',
    "AuditSchedule": "rate(30 days)",
    "RateSharePercent": "33",
    "SubnetIds": "subnet-0a1b2c3d",
    "SecurityGroupIds": "sg-0a1b2c3d",
}
OBJECTS = ["arn:aws:s3:::pictures/a/*", "arn:aws:s3:::pictures/b/*"]
PREFIXES = {"StringLike": {"s3:prefix": ["a/*", "b/*"]}}
NETWORK = {
    ("ec2:AssignPrivateIpAddresses", "*"),
    ("ec2:CreateNetworkInterface", "*"),
    ("ec2:DeleteNetworkInterface", "*"),
    ("ec2:DescribeNetworkInterfaces", "*"),
    ("ec2:DescribeSubnets", "*"),
    ("ec2:UnassignPrivateIpAddresses", "*"),
}
CREDENTIALS = {("secretsmanager:GetSecretValue", SECRET), ("kms:Decrypt", KEY("secret"))}
GRANTS = {
    "IngestRole": NETWORK
    | CREDENTIALS
    | {("s3:GetObject", one) for one in OBJECTS}
    | {("s3:ListBucket", "arn:aws:s3:::pictures"), ("kms:Decrypt", KEY("bucket"))}
    | {(f"sqs:{one}", "<Queue.Arn>") for one in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    | {("sqs:ChangeMessageVisibility", "<Queue.Arn>"), ("sqs:SendMessage", "<DeadLetterQueue.Arn>")}
    | {("kms:Decrypt", KEY("queue")), ("kms:GenerateDataKey", KEY("queue"))}
    | {("logs:CreateLogStream", "<LogGroup.Arn>"), ("logs:PutLogEvents", "<LogGroup.Arn>")},
    "AuditRole": NETWORK
    | CREDENTIALS
    | {("s3:GetObject", one) for one in OBJECTS}
    | {("s3:ListBucket", "arn:aws:s3:::pictures"), ("kms:Decrypt", KEY("queue"))}
    | {
        (f"sqs:{one}", "<DeadLetterQueue.Arn>")
        for one in ("ReceiveMessage", "ChangeMessageVisibility", "ListMessageMoveTasks")
    }
    | {("sqs:GetQueueAttributes", "<DeadLetterQueue.Arn>")}
    | {("logs:CreateLogStream", "<AuditLogGroup.Arn>"), ("logs:PutLogEvents", "<AuditLogGroup.Arn>")},
    "WatchRole": NETWORK
    | CREDENTIALS
    | {("s3:GetBucketNotification", "arn:aws:s3:::pictures"), ("sqs:GetQueueAttributes", "<Queue.Arn>")}
    | {("events:DescribeRule", "<UploadRule.Arn>"), ("events:ListTargetsByRule", "<UploadRule.Arn>")}
    | {("logs:CreateLogStream", "<WatchLogGroup.Arn>"), ("logs:PutLogEvents", "<WatchLogGroup.Arn>")},
    "AuditScheduleRole": {("lambda:InvokeFunction", "<AuditFunction.Arn>")},
    "WatchScheduleRole": {("lambda:InvokeFunction", "<WatchFunction.Arn>")},
}
THROUGH = {  # the only service through which a key may be used
    KEY("secret"): "secretsmanager.eu-west-1.amazonaws.com",
    KEY("bucket"): "s3.eu-west-1.amazonaws.com",
    KEY("queue"): "sqs.eu-west-1.amazonaws.com",
}
TRUSTS = {
    "IngestRole": ("lambda.amazonaws.com", None),
    "AuditRole": ("lambda.amazonaws.com", None),
    "WatchRole": ("lambda.amazonaws.com", None),
    "AuditScheduleRole": ("scheduler.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "123456789012"}}),
    "WatchScheduleRole": ("scheduler.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "123456789012"}}),
}
SETTINGS = {
    "INGEST_INSTANCE_NAME": "shop",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_BUCKET": "pictures",
    "INGEST_QUEUE_URL": "<Queue>",
    "INGEST_DEAD_LETTER_QUEUE_URL": "<DeadLetterQueue>",
    "INGEST_ADDS_PER_SECOND": "5",
    "INGEST_MAX_CONCURRENCY": 2,
    "INGEST_RATE_SHARE_PERCENT": "33",
    "INGEST_STACK_NAME": "shop",
    "INGEST_SERVICE_TYPE": "product",
    "INGEST_KEY_TEMPLATE": "{product_id}/{*}",
    "INGEST_CREDENTIALS_SECRET": SECRET,
    "INGEST_EXTRA_SETTINGS": '{"INGEST_JPEG_QUALITY": 85}',
}
OWN_VARIABLES = {
    "IngestFunction": {},
    "AuditFunction": {"AUDIT_URL": "s3://pictures/", "AUDIT_PREFIXES": "a/,b/"},
    "WatchFunction": {
        "WATCH_RULE_ARN": "<UploadRule.Arn>",
        "WATCH_QUEUE_ARN": "<Queue.Arn>",
        "WATCH_RULE_DEAD_LETTERS_ARN": "<RuleDeadLetterQueue.Arn>",
        "WATCH_KEY_PREFIXES": "a/,b/",
    },
}


@pytest.fixture(scope="module")
def template(sam_process: SamProcess) -> Template:
    rendered: Template = sam_process.ask((ROOT / "template.yaml").read_text(encoding="utf-8"))["template"]
    return rendered


@pytest.fixture(scope="module")
def stack(template: Template) -> Stack:
    return Stack(template, **EVERYTHING)


def statements(stack: Stack, role: str) -> Iterator[dict[str, Any]]:
    for policy in stack.properties(role)["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("role", GRANTS)
def test_a_role_may_do_what_its_code_does_and_nothing_else(stack: Stack, role: str) -> None:
    given = list(statements(stack, role))
    assert {one["Effect"] for one in given} == {"Allow"}
    pairs = [(act, what) for one in given for act in as_list(one["Action"]) for what in as_list(one["Resource"])]
    assert sorted(pairs) == sorted(GRANTS[role])


def test_no_role_is_left_out(stack: Stack) -> None:
    roles = {name for name, one in stack.resources.items() if one["Type"] == "AWS::IAM::Role"}
    assert roles == GRANTS.keys() == TRUSTS.keys()


@pytest.mark.parametrize("role", ["IngestRole", "AuditRole", "WatchRole"])
def test_a_permission_holds_only_where_it_is_needed(stack: Stack, role: str) -> None:
    for one in statements(stack, role):
        action, resource, condition = as_list(one["Action"])[0], one["Resource"], one.get("Condition")
        if action.startswith("kms:"):
            assert condition == {"StringEquals": {"kms:ViaService": THROUGH[resource]}}
        elif action == "s3:ListBucket":
            assert condition == PREFIXES
        elif action.startswith("ec2:"):
            assert condition == {"Null": {"lambda:SourceFunctionArn": True}}
        else:
            assert condition is None


@pytest.mark.parametrize("role", TRUSTS)
def test_only_its_service_may_take_a_role(stack: Stack, role: str) -> None:
    service, condition = TRUSTS[role]
    (statement,) = stack.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": service}
    assert (statement["Action"], statement.get("Condition")) == ("sts:AssumeRole", condition)


@pytest.mark.parametrize("function", OWN_VARIABLES)
def test_a_function_knows_every_parameter(stack: Stack, function: str) -> None:
    given = stack.properties(function)["Environment"]["Variables"]
    assert {name: value for name, value in given.items() if not name.startswith("POWERTOOLS_")} == (
        SETTINGS | OWN_VARIABLES[function]
    )
    assert stack.properties(function)["VpcConfig"]["SubnetIds"] == ["subnet-0a1b2c3d"]
    assert stack.properties(function)["Architectures"] == ["arm64"]


def test_every_change_of_an_object_reaches_the_queue(stack: Stack) -> None:
    rule = stack.properties("UploadRule")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted", "Object Restore Completed"],
        "detail": {"bucket": {"name": ["pictures"]}, "object": {"key": [{"prefix": "a/"}, {"prefix": "b/"}]}},
    }
    assert rule.get("State", "ENABLED") == "ENABLED"
    (target,) = rule["Targets"]
    assert target == {
        "Id": "queue",
        "Arn": "<Queue.Arn>",
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        "DeadLetterConfig": {"Arn": "<RuleDeadLetterQueue.Arn>"},
    }


@pytest.mark.parametrize(
    ("policy", "queue"), [("QueuePolicy", "Queue"), ("RuleDeadLetterQueuePolicy", "RuleDeadLetterQueue")]
)
def test_eventbridge_may_send_for_the_rule(stack: Stack, policy: str, queue: str) -> None:
    (allowed,) = [one for one in stack.properties(policy)["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert (allowed["Action"], allowed["Resource"]) == ("sqs:SendMessage", f"<{queue}.Arn>")
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": "<UploadRule.Arn>"}}


def test_the_function_takes_every_message_of_the_queue(stack: Stack) -> None:
    assert stack.properties("IngestFunctionUploads") == {
        "EventSourceArn": "<Queue.Arn>",
        "FunctionName": "<IngestFunction>",
        "BatchSize": 156,
        "MaximumBatchingWindowInSeconds": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    assert "DelaySeconds" not in stack.properties("Queue")


def test_a_new_bucket_announces_and_is_private(template: Template) -> None:
    bucket = Stack(template, InstanceName="shop", CredentialsSecretArn=SECRET).properties("Bucket")
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_an_existing_bucket_is_left_alone(stack: Stack) -> None:
    assert {one["Type"] for one in stack.resources.values()}.isdisjoint({"AWS::S3::Bucket", "AWS::S3::BucketPolicy"})


def test_no_name_keeps_a_second_stack_away(stack: Stack) -> None:
    """Two stacks in an account and region have only names with their own in it."""
    names = ("AlarmName", "RoleName", "Name", "FunctionName", "DashboardName", "LayerName", "QueueName", "LogGroupName")
    for resource in stack.resources.values():
        given = [resource["Properties"][one] for one in names if one in resource.get("Properties", {})]
        assert all(str(one).startswith(("shop-", "<")) for one in given), given


def test_nothing_is_open_to_the_internet(stack: Stack) -> None:
    kinds = {one["Type"] for one in stack.resources.values()}
    assert kinds.isdisjoint({"AWS::Lambda::Url", "AWS::Lambda::Permission"})
