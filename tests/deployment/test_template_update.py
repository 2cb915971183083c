"""The update of a stack of the template before replaces no queue and no bucket, and the page names what changes.

``deployed_before.yaml`` is that template, as it was. Whether a change replaces a resource is read from CloudFormation's
resource schemas, which cfn-lint ships.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest

from tests.deployment.cloudformation import Stack, Template
from tests.deployment.conftest import ROOT, SamProcess

BEFORE = ROOT / "tests/deployment/deployed_before.yaml"
PAGE = ROOT / "docs/deploy-aws.md"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f3c"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
ALWAYS = {
    "InstanceName": "shop",
    "CredentialsSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1b2c3",
}
# What decided, in the template before, what a stack consisted of.
CHOICES = {
    "QueueKeyArn": KEY,
    "KeyPrefix": "shoes/",
    "ExistingBucketName": "pictures",
    "BucketKeyArn": KEY,
    "CredentialsKeyArn": KEY,
    "AlarmTopicArn": TOPIC,
    "AuditSchedule": "rate(30 days)",
}
KEEPS_DATA = {
    "AWS::SQS::Queue": {"Queue", "DeadLetterQueue", "RuleDeadLetterQueue"},
    "AWS::S3::Bucket": {"Bucket"},
}
LAYER = re.compile(r"[0-9a-f]{10}$")  # SAM appends a hash to the names of layers


class Templates(NamedTuple):
    """Both templates, and the properties of which a change replaces a resource, by its type."""

    before: Template
    today: Template
    fixed: dict[str, list[str]]


class Change(NamedTuple):
    """One resource that an update creates, deletes, replaces or updates in place, as ``how`` says."""

    name: str
    kind: str
    how: str


@pytest.fixture(scope="module")
def templates(sam_process: SamProcess) -> Templates:
    before, today = (sam_process.ask(path.read_text(encoding="utf-8")) for path in (BEFORE, ROOT / "template.yaml"))
    return Templates(before["template"], today["template"], before["fixed"] | today["fixed"])


def choices() -> Iterator[dict[str, str]]:
    """Yield every choice of parameters that a stack of the template before can have."""
    for chosen in product([False, True], repeat=len(CHOICES)):
        yield ALWAYS | {name: CHOICES[name] for name, is_chosen in zip(CHOICES, chosen, strict=True) if is_chosen}


def update(templates: Templates, parameters: dict[str, str]) -> list[Change]:
    """Return what an update with the same parameters changes, in the resources as CloudFormation sees them."""
    before, today = map(_without_metadata, (Stack(one, **parameters) for one in (templates.before, templates.today)))
    return [
        found
        for name in sorted(before.keys() | today.keys())
        if (found := _compare(templates, name, before.get(name), today.get(name)))
    ]


def _without_metadata(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the resources without ``Metadata``, which is about the template: a change to it changes no resource."""
    return {
        name: {field: value for field, value in resource.items() if field != "Metadata"}
        for name, resource in stack.resources.items()
    }


def _compare(
    templates: Templates, name: str, before: dict[str, Any] | None, today: dict[str, Any] | None
) -> Change | None:
    if before is None or today is None:
        return Change(name, (before or today or {})["Type"], "created" if before is None else "deleted")
    own, new = before.get("Properties", {}), today.get("Properties", {})
    changed = {one for one in own.keys() | new.keys() if own.get(one) != new.get(one)}
    fixed = {path.partition("/")[0] for path in templates.fixed[today["Type"]]}
    if changed & fixed or before["Type"] != today["Type"]:
        return Change(name, today["Type"], "replaced")
    return Change(name, today["Type"], "updated in place") if before != today else None


def all_changes(templates: Templates) -> set[Change]:
    return {change for parameters in choices() for change in update(templates, parameters)}


def test_no_queue_and_no_bucket_is_replaced(templates: Templates) -> None:
    kept = {change for change in all_changes(templates) if change.kind in KEEPS_DATA}
    assert {change.how for change in kept} == {"updated in place"}


def test_each_queue_and_bucket_stays_under_its_name(templates: Templates) -> None:
    for parameters in choices():
        today = Stack(templates.today, **parameters).resources
        for kind, names in KEEPS_DATA.items():
            there = {name for name, one in today.items() if one["Type"] == kind}
            assert there == (set() if kind == "AWS::S3::Bucket" and "ExistingBucketName" in parameters else names)


def test_only_the_log_groups_are_replaced(templates: Templates) -> None:
    assert {one.name for one in all_changes(templates) if one.how == "replaced"} == {"LogGroup", "AuditLogGroup"}


def test_nothing_but_an_alarm_is_deleted(templates: Templates) -> None:
    assert {change.kind for change in all_changes(templates) if change.how == "deleted"} <= {"AWS::CloudWatch::Alarm"}


def test_a_replaced_resource_stays_where_it_was(templates: Templates) -> None:
    for name in ("LogGroup", "AuditLogGroup"):
        assert templates.today["Resources"][name]["UpdateReplacePolicy"] == "Retain"


def test_a_change_of_a_name_would_be_noticed(templates: Templates) -> None:
    """The schemas tell which properties replace a queue: without them, the tests above could not fail."""
    renamed = templates.today | {"Resources": dict(templates.today["Resources"])}
    for name, fixed in (("Queue", {"QueueName": "shop"}), ("Bucket", {"BucketName": "shop"})):
        resource = templates.today["Resources"][name]
        renamed["Resources"][name] = resource | {"Properties": resource["Properties"] | fixed}
    changes = update(templates._replace(today=renamed), ALWAYS)
    assert {one.name for one in changes if one.how == "replaced" and one.kind in KEEPS_DATA} == {"Queue", "Bucket"}


@pytest.mark.parametrize("rate", ["1", "5", "10", "20", "50"])
@pytest.mark.parametrize("prefix", ["", "a", "pictures/2026/", " blank/", "tail ", "äÿ/+%"])
def test_parameters_of_before_are_accepted(templates: Templates, rate: str, prefix: str) -> None:
    given = ALWAYS | {"AddsPerSecond": rate, "KeyPrefix": prefix}
    before, today = (Stack(one, **given) for one in (templates.before, templates.today))
    source = "IngestFunctionUploads"
    assert today.properties(source) == before.properties(source)
    patterns = [stack.properties("UploadRule")["EventPattern"] for stack in (before, today)]
    assert patterns[0] == patterns[1]


def test_each_parameter_of_before_keeps_its_name_and_default(templates: Templates) -> None:
    for name, parameter in templates.before["Parameters"].items():
        now = templates.today["Parameters"][name]
        assert (now["Type"], now.get("Default")) == (parameter["Type"], parameter.get("Default"))
        assert set(parameter.get("AllowedValues", [])) <= set(
            now.get("AllowedValues", parameter.get("AllowedValues", []))
        )


def test_the_page_names_every_resource_that_changes(templates: Templates) -> None:
    """A row names a resource, or the type of resources that hold nothing. Its last cell says what becomes of them."""
    rows = _read_table()
    for change in all_changes(templates):
        row = rows.get(LAYER.sub("", change.name)) or rows.get(change.kind)
        assert row, f"docs/deploy-aws.md says nothing of {change.name} ({change.kind})"
        assert change.how in row, change.name


def test_the_page_names_nothing_that_does_not_change(templates: Templates) -> None:
    named = {LAYER.sub("", change.name) for change in all_changes(templates)}
    assert [name for name in _read_table() if name not in named and not name.startswith("AWS::")] == []


def _read_table() -> dict[str, str]:
    """Return the last cell of each row of the page's table, by each name in its first cell."""
    section = PAGE.read_text(encoding="utf-8").partition("## What an update changes")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {name: row[-1].strip() for row in rows for name in re.findall(r"`([^`]+)`", row[0])}
