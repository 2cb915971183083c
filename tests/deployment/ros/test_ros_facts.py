"""The facts of resource types are read from the vendor's generated files, and recorded with their sources."""

import json
from pathlib import Path

import pytest

from tests.deployment.ros import record_types
from tests.deployment.ros.record_types import Package
from tests.deployment.ros.stack import SOURCE, read
from tests.deployment.ros.types import TYPES, faults

GENERATED = r"""
function RosShelfPropsValidator(properties) {
    const errors = new ros.ValidationResults();
    errors.collect(ros.propertyValidator('label', ros.requiredValidator)(properties.label));
    errors.collect(ros.propertyValidator('label', ros.validateString)(properties.label));
    if (properties.width && (typeof properties.width) !== 'object') {
        errors.collect(ros.propertyValidator('width', ros.validateRange)({
            data: properties.width,
            min: 0.5,
            max: 300,
        }));
    }
    errors.collect(ros.propertyValidator('width', ros.validateNumber)(properties.width));
    errors.collect(ros.propertyValidator('rows', ros.listValidator(RosShelf_RowPropertyValidator))(properties.rows));
}
function rosShelfPropsToRosTemplate(properties, enableResourcePropertyConstraint) {
    return {
        'Label': ros.stringToRosTemplate(properties.label),
        'Width': ros.numberToRosTemplate(properties.width),
        'Rows': ros.listMapper(rosShelfRowPropertyToRosTemplate)(properties.rows),
    };
}
class RosShelf extends ros.RosResource {
    constructor(scope, id, props, enableResourcePropertyConstraint) {
        this.attrArn = this.getAtt('ARN.WithSlash');
    }
}
RosShelf.ROS_RESOURCE_TYPE_NAME = "ALIYUN::Shop::Shelf";
function RosShelf_RowPropertyValidator(properties) {
    if (properties.wood && (typeof properties.wood) !== 'object') {
        errors.collect(ros.propertyValidator('wood', ros.validateAllowedValues)({
            data: properties.wood,
            allowedValues: ["oak", "pine"],
        }));
    }
    errors.collect(ros.propertyValidator('wood', ros.validateString)(properties.wood));
}
function rosShelfRowPropertyToRosTemplate(properties) {
    return {
        'Wood': ros.stringToRosTemplate(properties.wood),
    };
}
"""


def test_generated_file_is_read() -> None:
    package = Package(GENERATED)
    assert package.types == {"Shelf": "ALIYUN::Shop::Shelf"}
    row = {"kind": "object", "properties": {"Wood": {"values": ["oak", "pine"], "kind": "text"}}}
    assert package.read("Shelf") == {
        "attributes": ["ARN.WithSlash"],
        "properties": {
            "Label": {"required": True, "kind": "text"},
            "Rows": {"kind": "list", "of": row},
            "Width": {"least": 0.5, "most": 300, "kind": "number"},
        },
    }


def test_recorded_types_are_those_of_the_template() -> None:
    used = {resource["Type"] for resource in read(SOURCE.read_text(encoding="utf-8"))["Resources"].values()}
    assert TYPES.keys() == used


def test_recorded_facts_name_their_sources() -> None:
    recorded = json.loads(record_types.RECORDED.read_text(encoding="utf-8"))
    assert recorded["date"] == "2026-11-30"
    assert "@alicloud/ros-cdk-fc3 1.11.0" in recorded["sources"]
    documented = json.loads(record_types.DOCUMENTED.read_text(encoding="utf-8"))["types"]
    assert {name: facts["page"] for name, facts in TYPES.items()} == {
        name: about["page"] for name, about in documented.items()
    }


def test_a_package_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no package has .*ALIYUN::FC3::Function"):
        record_types.record(tmp_path)


def test_each_kind_of_value_is_told_apart() -> None:
    queue = {"QueueName": "shop", "LoggingEnabled": "true", "DelaySeconds": True, "Tags": {}, "DlqPolicy": []}
    assert list(faults({"Queue": {"Type": "ALIYUN::MNS::Queue", "Properties": queue}})) == [
        "Resources.Queue.Properties.DelaySeconds must be a number: True",
        "Resources.Queue.Properties.DlqPolicy must be a map: []",
        "Resources.Queue.Properties.LoggingEnabled must be true or false: 'true'",
        "Resources.Queue.Properties.Tags must be a list: {}",
    ]
