"""The policy in docs/operating.md is what the checks ask for, and AWS knows each of its actions."""

import json
import re
from pathlib import Path

import pytest
from botocore.session import Session

from imagesearch_ops.doctor.checks.listing import checks_of

DOCUMENT = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
# IAM names some permissions of S3 unlike the operation (S3, "Required permissions for Amazon S3 API operations").
OPERATIONS = {
    "s3:GetBucketNotification": "GetBucketNotificationConfiguration",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption",
    "s3:ListAllMyBuckets": "ListBuckets",
    "s3:ListBucket": "ListObjectsV2",
    "s3:DeleteObjectVersion": "DeleteObject",
}


def _actions(sid: str) -> set[str]:
    policy = json.loads(re.search(r'```json\n(\{\n  "Version": "2012-10-17".*?)```', DOCUMENT, re.DOTALL)[1])
    return next(set(one["Action"]) for one in policy["Statement"] if one["Sid"] == sid)


def _asked(cloud: str, *, write: bool) -> set[str]:
    checks = checks_of(cloud, is_named=True, write=write, is_keyless=cloud == "aws")
    return {action for check in checks for action in check.action.split(", ") if action}


def test_the_policy_is_what_the_checks_name() -> None:
    asked = {one for one in _asked("aws", write=False) if not one.startswith(("imagesearch:", "ram:"))}
    assert _actions("Doctor") == asked
    assert _asked("aws", write=True) - _asked("aws", write=False) <= _actions("DoctorWrite")


@pytest.mark.parametrize("action", sorted(_actions("Doctor") | _actions("DoctorWrite")))
def test_each_action_is_an_operation_of_its_service(action: str) -> None:
    service, _, name = action.partition(":")
    operations = Session().get_service_model(service).operation_names
    assert OPERATIONS.get(action, name) in operations


def test_the_permissions_on_alibaba_cloud_are_listed() -> None:
    of_ram = {action for action in _asked("aws", write=False) if action.startswith("ram:")}
    for action in _asked("alibaba", write=True) | of_ram:
        if not action.startswith(("lambda:", "cloudformation:", "secretsmanager:")):
            assert f"`{action}`" in DOCUMENT, action
