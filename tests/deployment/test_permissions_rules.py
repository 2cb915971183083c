"""What the comparison of permissions itself can tell: policies are read as they stand, and refused calls as such."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.permissions import grant, read_role, read_statements
from tests.deployment.permissions_aws import ACTIONS, Place
from tests.deployment.permissions_deployments import DEPLOYMENTS
from tests.deployment.permissions_gate import Gate
from tests.deployment.permissions_requests import read_call
from tests.support.cloudformation import load

FACTS = json.loads(Path(__file__).with_name("permissions_facts.json").read_text(encoding="utf-8"))
BUCKET = "arn:aws:s3:::shop"
PLACE = Place("eu-west-1", {"shop": BUCKET, "ingest": "queue"}, ("cups/",), {"sqs": "key"})
ALL = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"{BUCKET}/a/*", f"{BUCKET}/b/*"]}


def request(method: str, target: str, service: str = "s3", **headers: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    scope = f"AWS4-HMAC-SHA256 Credential=caller/20261130/eu-west-1/{service}/aws4_request, Signature=0"
    named = {f"HTTP_{name}": value for name, value in headers.items()}
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_AUTHORIZATION": scope} | named


def through(gate: Gate, environ: dict[str, Any], status: str = "200 OK") -> str:
    """Send a request through the gate to a service that answers with ``status``. Return what the caller gets."""
    seen: list[str] = []

    def service(_: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [])
        return []

    list(gate.in_front_of(service)(environ, lambda status, _: seen.append(status)))
    return seen[0]


def test_each_resource_of_a_statement_is_a_permission() -> None:
    assert read_statements([ALL]) == {grant("s3:GetObject", f"{BUCKET}/{one}/*") for one in "ab"}


def test_each_prefix_of_a_condition_is_a_permission() -> None:
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET}
    given = statement | {"Condition": {"StringLike": {"s3:prefix": ["a/*", "b/*"]}}}
    assert read_statements([given]) == {grant("s3:ListBucket", BUCKET, f"s3:prefix={one}/*") for one in "ab"}


@pytest.mark.parametrize(
    "odd", [{"NotAction": "s3:*"}, {"NotResource": "*"}, {"Condition": {"StringNotLike": {"s3:prefix": "a"}}}]
)
def test_a_statement_that_is_not_understood_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"has|StringNotLike"):
        read_statements([ALL | {"Sid": "Odd"} | odd])


@pytest.mark.parametrize(
    ("environ", "needed"),
    [
        (request("GET", "/shop/cups/1.jpg"), grant("s3:GetObject", f"{BUCKET}/cups/*")),
        (request("HEAD", "/shop/cups/1.jpg"), grant("s3:GetObject", f"{BUCKET}/cups/*")),
        (request("GET", "/shop/cups/1.jpg?versionId=3"), grant("s3:GetObjectVersion", f"{BUCKET}/cups/*")),
        (request("GET", "/shop/mugs/1.jpg"), grant("s3:GetObject", f"{BUCKET}/mugs/1.jpg")),
        (request("GET", "/shop?list-type=2&prefix=cups/1"), grant("s3:ListBucket", BUCKET, "s3:prefix=cups/*")),
        (request("GET", "/shop?notification"), grant("s3:GetBucketNotification", BUCKET)),
        (request("PUT", "/shop/cups/1.jpg"), grant("s3:PutObject", f"{BUCKET}/cups/*")),
    ],
)
def test_a_request_to_s3_needs_the_permission_of_its_operation(environ: dict[str, Any], needed: Any) -> None:
    call = read_call(environ, b"")
    assert call
    assert PLACE.needs(call) == {needed}


@pytest.mark.parametrize(
    ("operation", "action", "of_the_key"),
    [
        ("SendMessage", "SendMessage", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("SendMessageBatch", "SendMessage", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("ReceiveMessage", "ReceiveMessage", {"kms:Decrypt"}),
        ("DeleteMessageBatch", "DeleteMessage", set()),
        ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility", set()),
    ],
)
def test_a_request_to_an_encrypted_queue_uses_its_key(operation: str, action: str, of_the_key: set[str]) -> None:
    environ = request("POST", "/", "sqs", X_AMZ_TARGET=f"AmazonSQS.{operation}")
    call = read_call(environ, json.dumps({"QueueUrl": "http://127.0.0.1/1/ingest"}).encode())
    assert call
    via = "kms:ViaService=sqs.eu-west-1.amazonaws.com"
    assert PLACE.needs(call) == {grant(f"sqs:{action}", "queue"), *(grant(one, "key", via) for one in of_the_key)}


def test_a_call_without_its_permission_is_refused() -> None:
    gate = Gate(PLACE, {"caller": {grant("s3:GetObject", f"{BUCKET}/cups/*")}})
    assert through(gate, request("GET", "/shop/cups/1.jpg")) == "200 OK"
    assert not gate.missing
    assert through(gate, request("GET", "/shop/mugs/1.jpg")) == "403 Forbidden"
    assert gate.missing == {grant("s3:GetObject", f"{BUCKET}/mugs/1.jpg")}


def test_a_missing_object_is_told_apart_only_with_the_listing_of_the_bucket() -> None:
    read, listing = grant("s3:GetObject", f"{BUCKET}/cups/*"), grant("s3:ListBucket", BUCKET)
    environ = request("GET", "/shop/cups/1.jpg")
    assert through(Gate(PLACE, {"caller": {read}}), environ, "404 NOT FOUND") == "403 Forbidden"
    gate = Gate(PLACE, {"caller": {read, listing}})
    assert through(gate, environ, "404 NOT FOUND") == "404 NOT FOUND"
    assert gate.used["caller"] == {read, listing}


def test_every_action_of_the_template_exists() -> None:
    roles = [name for name, one in load()["Resources"].items() if one["Type"] == "AWS::IAM::Role"]
    granted = [
        one for deployment in DEPLOYMENTS.values() for role in roles for one in read_role(deployment.stack, role)
    ]
    assert {one.action for one in granted} <= FACTS["actions"].keys()


@pytest.mark.parametrize("operation", ACTIONS)
def test_the_table_names_an_action_where_the_operation_is_none(operation: str) -> None:
    assert operation in FACTS["no_actions"]
    assert ACTIONS[operation] in FACTS["actions"]


def test_a_condition_is_one_of_its_action() -> None:
    known = {f"{action} {key}" for action, facts in FACTS["actions"].items() for key in facts["conditions"]}
    used = {
        f"{one.action} {re.sub('^(every|some|no) |<?=.*', '', text)}"
        for deployment in DEPLOYMENTS.values()
        for role in ("IngestRole", "AuditRole", "WatchRole")
        for one in read_role(deployment.stack, role)
        for text in one.conditions
    }
    # Lambda sets its own key for each request of a function, whatever the service.
    assert {one for one in used if not one.endswith(" lambda:SourceFunctionArn")} <= known
