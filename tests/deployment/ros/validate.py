"""Say why a ROS template must not be deployed: ``python -m tests.deployment.ros.validate template.ros.yaml``.

No network and no account is needed. Each stage reads what the one before has accepted, so only the first refuses.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.deployment.cloudformation import RefusedError
from tests.deployment.ros import parameters, policy, references, types
from tests.deployment.ros.stack import SOURCE, Stack, Template, read

VPC = {"VpcId": "vpc-0123456789", "VSwitchIds": "vsw-0123456789,vsw-9876543210", "SecurityGroupId": "sg-0123456789"}
# Together they take both sides of each condition, and the limits of each parameter.
STACKS: dict[str, dict[str, str]] = {
    "the defaults": {},
    "the smallest values": {
        "AddsPerSecond": "1",
        "RateSharePercent": "10",
        "InstanceName": "a",
        "LogRetentionDays": "1",
    },
    "the largest values": {
        **VPC,
        "InstanceName": "a" * 20,
        "InstanceRegion": "cn-hangzhou",
        "ServiceType": "trademark",
        "ExistingBucketName": "photos",
        "KeyPrefix": "cups/,red mugs/,a,b,c",
        "KeyTemplate": "{product_id}/" + "x/" * 500 + "{pic_name}",
        "AddsPerSecond": "50",
        "ExtraSettings": '{"INGEST_JPEG_QUALITY": 85, "INGEST_INCLUDE": "*.jpg' + ",*.jpg" * 300 + '"}',
        "LogRetentionDays": "3600",
        "OldestUploadAlarmSeconds": "604800",
        "AlarmContactGroup": "on call",
        "TicketContactGroup": "tickets",
        "AlarmActionPolicy": "sls.builtin",
        "TicketActionPolicy": "tickets",
        "Release": "0.2.0-rc.1",
    },
    "prefixes of a bucket of its own": {"KeyPrefix": "cups/,mugs/"},
    "function by s.yaml": {"DeployFunction": "false", "CodeBucketName": "", "Release": ""},
    "function by s.direct.yaml": {"DeployFunction": "direct", "CodeBucketName": "", "Release": ""},
}


def refusals(text: str) -> list[str]:
    """Return one sentence for each fault, with the path of its place; none for a template that may be deployed."""
    try:
        template = read(text)
        for stage in (_of_references, _of_types, policy.faults, _of_stacks):
            if found := list(dict.fromkeys(stage(template))):
                return found
    except RefusedError as error:
        return [str(error)]
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        return [f"the template cannot be evaluated: {type(error).__name__}: {error}"]
    return []


def _of_references(template: Template) -> Iterator[str]:
    yield from references.faults(template)
    yield from parameters.faults(template)


def _of_types(template: Template) -> Iterator[str]:
    return _first(types.faults(Stack(template, **given).resources) for given in STACKS.values())


def _of_stacks(template: Template) -> Iterator[str]:
    return _first(_of_stack(name, Stack(template, **given)) for name, given in STACKS.items())


def _of_stack(name: str, stack: Stack) -> Iterator[str]:
    yield from (f"{fault} (with {name})" for fault in policy.of_stack(stack))
    stack.outputs  # noqa: B018 - refuses an output of something that does not exist


def _first(faults: Iterable[Iterator[str]]) -> Iterator[str]:
    """Yield the faults of the first stack that has some: others would repeat them."""
    for found in map(list, faults):
        if found:
            yield from found
            return


def _of_file(path: Path) -> list[str]:
    try:
        return refusals(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return [f"{path} cannot be read: {error}"]


def main(arguments: list[str]) -> int:
    """Print what is wrong with the named templates, or nothing; return the exit code."""
    found = [fault for name in arguments or [SOURCE] for fault in _of_file(Path(name))]
    print(*found, sep="\n", end="\n" if found else "")  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
