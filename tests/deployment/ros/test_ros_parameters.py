"""The parameters of template.ros.yaml: what is refused, and what follows from the values."""

import re

import pytest

from imagesearch_ingest.settings import Settings
from tests.deployment.cloudformation import RefusedError
from tests.deployment.ros.stack import SOURCE, Stack, read
from tests.deployment.ros.validate import VPC

TEMPLATE = read(SOURCE.read_text(encoding="utf-8"))
REFUSED = [
    ({"InstanceName": ""}, "InstanceName must be"),
    ({"InstanceName": "a" * 21}, "InstanceName must be"),
    ({"InstanceRegion": "Shanghai"}, "the ID of a region"),
    ({"ServiceType": "shoes"}, "ServiceType must be"),
    ({"ExistingBucketName": "oss://photos"}, "the name of a bucket"),
    ({"KeyPrefix": "a,b,c,d,e,f"}, "up to five key prefixes"),
    ({"KeyPrefix": "a, b"}, "up to five key prefixes"),
    ({"KeyPrefix": "shoes/*"}, r"without \* \? \$"),
    ({"KeyPrefix": "鞋/"}, "in Latin characters"),
    ({"AddsPerSecond": "0"}, "a whole number from 1 to 50"),
    ({"AddsPerSecond": "51"}, "a whole number from 1 to 50"),
    ({"AddsPerSecond": "2.5"}, "a whole number from 1 to 50"),
    ({"RateSharePercent": "15"}, "RateSharePercent must be"),
    ({"ExtraSettings": "INGEST_JPEG_QUALITY=85"}, "a JSON object, in braces"),
    ({"LogRetentionDays": "3601"}, "LogRetentionDays must be"),
    ({"OldestUploadAlarmSeconds": "59"}, "OldestUploadAlarmSeconds must be"),
    ({"DeployFunction": "yes"}, "DeployFunction must be"),
    ({"Release": "../0.2.0"}, "the name of a folder"),
    ({"CodeBucketName": ""}, "Give CodeBucketName and Release"),
    ({"Release": ""}, "Give CodeBucketName and Release"),
    ({"VpcId": "vpc-1"}, "Give VpcId, VSwitchIds and SecurityGroupId together"),
    ({"VSwitchIds": "vsw-1", "SecurityGroupId": "sg-1"}, "Give VpcId, VSwitchIds and SecurityGroupId together"),
    (VPC | {"VSwitchIds": "vsw-1, vsw-2"}, "separated by commas without blanks"),
    ({"Bucket": "photos"}, "unknown parameters: Bucket"),
]


def variables(**parameters: str) -> dict[str, str]:
    found: dict[str, str] = Stack(TEMPLATE, **parameters).resources["IngestFunction"]["Properties"][
        "EnvironmentVariables"
    ]
    return found


@pytest.mark.parametrize(("parameters", "because"), REFUSED)
def test_wrong_values_are_refused_before_anything_is_made(parameters: dict[str, str], because: str) -> None:
    with pytest.raises(RefusedError, match=because):
        Stack(TEMPLATE, **parameters)


def test_every_rate_has_workers_and_batches_that_fit() -> None:
    """A batch takes 80 s of the function's 120, also with a share of the rate; a worker adds ten a second at most."""
    for adds in range(1, 51):
        for share in (10, 20, 25, 30, 33, 40, 50, 60, 67, 70, 75, 80, 90, 100):
            stack = Stack(TEMPLATE, AddsPerSecond=str(adds), RateSharePercent=str(share))
            config = stack.resolve(TEMPLATE["Resources"]["Stream"]["Properties"]["TriggerConfig"])
            workers = config["eventSinkConfig"]["deliveryOption"]["concurrency"]
            batch = config["runOptions"]["batchWindow"]["CountBasedWindow"]
            assert 1 <= batch <= 80 * adds * share / 100 / workers, (adds, share)
            assert adds / workers <= 10, adds
            given = stack.resolve(TEMPLATE["Resources"]["IngestFunction"]["Properties"]["EnvironmentVariables"])
            assert (given["INGEST_MAX_CONCURRENCY"], given["INGEST_ADDS_PER_SECOND"]) == (str(workers), str(adds))


def test_a_full_rate_has_the_largest_batch() -> None:
    for adds, workers, batch in ((1, 2, 40), (5, 2, 200), (20, 4, 400), (50, 5, 800)):
        config = Stack(TEMPLATE, AddsPerSecond=str(adds)).resources["Stream"]["Properties"]["TriggerConfig"]
        assert config["eventSinkConfig"]["deliveryOption"]["concurrency"] == workers
        assert config["runOptions"]["batchWindow"]["CountBasedWindow"] == batch


@pytest.mark.parametrize("service", TEMPLATE["Parameters"]["ServiceType"]["AllowedValues"])
def test_each_type_of_instance_gives_settings(service: str) -> None:
    assert Settings.from_env(variables(ServiceType=service)).service_type == service


def test_further_settings_reach_the_function() -> None:
    given = variables(
        ExtraSettings='{"INGEST_JPEG_QUALITY": 85}', KeyTemplate="{product_id}/{*}", RateSharePercent="25"
    )
    settings = Settings.from_env(given)
    assert (settings.jpeg_quality, settings.key_template, settings.rate_share_percent) == (85, "{product_id}/{*}", 25)


def test_two_stacks_share_no_name() -> None:
    names = [
        {
            value
            for resource in Stack(TEMPLATE, name).resources.values()
            for key, value in resource["Properties"].items()
            if key.endswith("Name") and not key.startswith(("Trigger", "EventBus")) and key != "Project"
        }
        for name in ("shop", "outlet")
    ]
    assert names[0] & names[1] <= {"releases"}


def test_what_a_stack_of_another_way_leaves_out() -> None:
    kinds = {
        way: {re.sub("ALIYUN::", "", one["Type"]) for one in Stack(TEMPLATE, DeployFunction=way).resources.values()}
        for way in ("true", "false", "direct")
    }
    assert kinds["true"] - kinds["false"] >= {"FC::Layer", "FC3::Function", "FC3::Trigger"}
    assert kinds["false"] - kinds["direct"] == {"EventBridge::Rule"}
    assert kinds["direct"] >= {"MNS::Queue", "RAM::Role", "SLS::Logstore"}
