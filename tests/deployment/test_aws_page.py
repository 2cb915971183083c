"""docs/deploy-aws.md names every parameter in the order of the questions. tests/commands/ checks its commands."""

import json
import re
import shlex
import subprocess

import pytest

from tests.deployment.cloudformation import Template
from tests.deployment.conftest import ROOT, SAM, SamProcess

PAGE = (ROOT / "docs/deploy-aws.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def template(sam_process: SamProcess) -> Template:
    rendered: Template = sam_process.ask((ROOT / "template.yaml").read_text(encoding="utf-8"))["template"]
    return rendered


def section(title: str) -> str:
    return PAGE.partition(f"# {title}\n")[2].partition("\n#")[0]


def commands(program: str) -> list[list[str]]:
    """Return the words of each command in the page's blocks."""
    blocks = re.findall(r"(?s)```sh\n(.*?)```", PAGE)
    lines = re.sub(r"\\\n\s*", "", "".join(blocks)).splitlines()
    split = [shlex.split(line.partition(" > ")[0], comments=True) for line in map(str.strip, lines)]
    return [words for words in split if words[:1] == [program]]


def test_the_questions_stand_in_their_order(template: Template) -> None:
    """`sam` asks in the order of the template, by name only."""
    asked = re.findall(r"(?m)^\| `(\w+)` \|", section("The questions, in order"))
    assert asked == list(template["Parameters"])


def test_the_defaults_are_those_of_the_template(template: Template) -> None:
    """A default that is a text stands in the last cell. An empty one is described."""
    for line in re.findall(r"(?m)^\| `\w+` \|.*$", section("The questions, in order")):
        name, *_, last = (cell.strip() for cell in line.strip("|").split("|"))
        default = str(template["Parameters"][name.strip("`")].get("Default", ""))
        assert last == f"`{default}`" if default else not last.startswith("`"), name


def test_the_given_parameters_reach_cloudformation() -> None:
    """`sam` reads values in a way of its own: one with blanks or quotation marks needs quotation marks around it."""
    (words,) = [one for one in commands(".venv-sam/bin/sam") if "--parameter-overrides" in one]
    given = [word for word in words[words.index("--parameter-overrides") + 1 :] if "=" in word]

    program = "import json, sys; from samcli.cli.types import CfnParameterOverridesType as T; "
    program += "print(json.dumps(T().convert(tuple(json.loads(sys.argv[1])), None, None)))"
    done = subprocess.run(  # noqa: S603 - a fixed program
        [SAM / "python", "-c", program, json.dumps(given)], capture_output=True, text=True, check=True
    )
    read = json.loads(done.stdout)
    assert read["KeyPrefix"] == "shoes/,red caps/"
    assert json.loads(read["ExtraSettings"]) == {"INGEST_JPEG_QUALITY": 85}
    assert (read["InstanceName"], read["AddsPerSecond"]) == ("pictures", "7")
