"""docs/deploy-alibaba.md fits the templates, the build and the tools that it names."""

import json
import re
import shlex

import pytest

from imagesearch_ingest.settings_values import read_extra
from tests.deployment import test_template_alibaba
from tests.deployment.conftest import ROOT
from tests.deployment.node_tools import NODE_MODULES
from tests.deployment.ros import policy
from tests.deployment.ros.stack import SOURCE, Stack, read
from tests.deployment.ros.types import TYPES

PAGE = (ROOT / "docs/deploy-alibaba.md").read_text(encoding="utf-8")
TEMPLATE = read(SOURCE.read_text(encoding="utf-8"))


def commands(beginning: str) -> list[list[str]]:
    """Return the words of each command that begins so."""
    blocks = "".join(re.findall(r"(?s)```sh\n(.*?)```", PAGE)).replace("\\\n", " ")
    return [shlex.split(found) for found in re.findall(rf"(?m)\b{beginning}[^|)\n]*", blocks)]


def options(command: list[str]) -> dict[str, str]:
    return {name.removeprefix("--"): value for name, value in zip(command[3::2], command[4::2], strict=True)}


def parameters(command: list[str]) -> dict[str, str]:
    given = options(command)
    keys = [name for name in given if name.endswith(".ParameterKey")]
    return {given[name]: given[name.replace("ParameterKey", "ParameterValue")] for name in keys}


def test_one_command_creates_the_stack() -> None:
    (create,) = commands("aliyun ros CreateStack")
    stack = Stack(TEMPLATE, options(create)["StackName"], **parameters(create))
    assert stack.outputs["FunctionName"] == "imagesearch-ingest"
    assert parameters(create).keys() >= {name for name, one in TEMPLATE["Parameters"].items() if "Default" not in one}


def test_one_command_updates_the_stack() -> None:
    (update,) = commands("aliyun ros UpdateStack")
    assert parameters(update).keys() <= TEMPLATE["Parameters"].keys()
    assert options(update)["UsePreviousParameters"] == "true"
    assert options(update)["ReplacementOption"] == "Enabled"  # for the layers


def test_commands_name_the_template_beside_the_zips() -> None:
    urls = [options(one)["TemplateURL"] for one in commands("aliyun ros") if "TemplateURL" in str(one)]
    assert len(urls) == 5
    assert {url.partition("?")[0].replace("0.2.1", "0.2.0") for url in urls} == {
        "oss://your-code-bucket/imagesearch-ingest/0.2.0/template.ros.yaml"
    }
    (copy,) = [one for one in commands("aliyun oss cp") if ".fc/zips" in one]
    assert copy[4] == "oss://your-code-bucket/imagesearch-ingest/0.2.0/"
    assert "cp template.ros.yaml $(FC).new/zips" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_each_parameter_is_explained() -> None:
    table = PAGE.partition("## The parameters\n")[2].partition("\n\nROS refuses")[0]
    named = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.partition(" | ")[0])]
    assert named == [name for name in TEMPLATE["Parameters"] if name in named]
    assert set(named) == TEMPLATE["Parameters"].keys()


def test_defaults_are_the_templates() -> None:
    for name in ("InstanceRegion", "ServiceType", "AddsPerSecond", "RateSharePercent", "LogRetentionDays"):
        (default,) = re.findall(rf"(?m)^\| `{name}` \|.*\| `(.*)` \|$", PAGE)
        assert default == str(TEMPLATE["Parameters"][name]["Default"]), name


def test_table_of_replacements_is_complete() -> None:
    """Only the properties that it names refer to parameters, among those that ROS cannot update."""
    replaced = {
        (name, key)
        for name, resource in TEMPLATE["Resources"].items()
        for key in TYPES[resource["Type"]]["create_only"]
        if policy.used_parameters(TEMPLATE, resource["Properties"].get(key))
    }
    (row,) = re.findall(r"(?m)^\| (`\w+Layer`.*) \| (.*) \| .* \|$", PAGE)
    names, keys = (re.findall(r"`(\w+)`", cell) for cell in row)
    assert {(name, key) for name in names for key in keys} == replaced


def test_settings_of_serverless_devs_have_their_names() -> None:
    named = {*re.findall(r"(?m)^([A-Z_]+)=", PAGE), *re.findall(r"`((?:INGEST|BATCH|KEY|\w+_LAYER)_[A-Z_]+)`", PAGE)}
    both = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("s.yaml", "s.direct.yaml"))
    of_the_settings = {"INGEST_INCLUDE", "INGEST_KEY_PREFIX"}  # of the part on ExtraSettings
    assert named - of_the_settings <= set(re.findall(r'env\("(\w+)"', both))
    assert test_template_alibaba.OTHERS.keys() == set(re.findall(r'env\("(\w+)"', both)) - {"INGEST_KEY_TEMPLATE"}


def test_example_of_further_settings_is_read() -> None:
    (example,) = re.findall(r"(?s)```json\n(.*?)\n```", PAGE)
    assert Stack(TEMPLATE, ExtraSettings=example).parameter("ExtraSettings") == example
    found = read_extra({"INGEST_EXTRA_SETTINGS": example}, "INGEST_")
    assert found.values.keys() == json.loads(example).keys()


@pytest.mark.parametrize("program", ["mns-open", "vars.", "CreateEventRule"])
def test_page_names_nothing_that_is_gone(program: str) -> None:
    assert program not in PAGE


def test_page_pins_the_tested_tools() -> None:
    pinned = json.loads((NODE_MODULES.parent / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert dict(re.findall(r"npm install --global (\S+)@([\d.]+)", PAGE)) == pinned
