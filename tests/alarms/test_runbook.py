"""Each alarm of both clouds names its entry in docs/runbook.md, and each entry there is about an alarm."""

import re
from pathlib import Path

import pytest
import typer

from imagesearch_ops.cli import app
from tests.alarms.conftest import Properties
from tests.support.ros_template import RosStack

RUNBOOK = (Path(__file__).parents[2] / "docs/runbook.md").read_text(encoding="utf-8")
ADDRESS = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/docs/runbook.md#"
PARTS = (
    "**What it means.**",
    "**How urgent.**",
    "**Look at.**",
    "**Mend.**",
    "**On Alibaba Cloud.**",
    "**It closes**",
)


def entries() -> dict[str, str]:
    """Return the text of each entry, by its heading."""
    found = re.split(r"^### (\w+)$", RUNBOOK, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def on_alibaba() -> dict[str, str]:
    """Return the description of each alarm of template.ros.yaml."""
    stack = RosStack(AlarmContactGroup="ops")
    rules = stack.of_type("ALIYUN::SLS::Alert").items()
    found = {name: rule["Detail"]["Configuration"]["Annotations"][1]["Value"] for name, rule in rules}
    return found | {
        name: rule["Labels"][0]["Value"] for name, rule in stack.of_type("ALIYUN::CMS::ResourceMetricRule").items()
    }


@pytest.fixture(scope="module")
def descriptions(alarms: dict[str, Properties]) -> list[tuple[str, str]]:
    """Return name and description of each alarm, of both clouds."""
    return [*((name, alarm["AlarmDescription"]) for name, alarm in alarms.items()), *on_alibaba().items()]


def test_alarms_and_entries_are_the_same(descriptions: list[tuple[str, str]]) -> None:
    assert sorted(entries()) == sorted({name for name, _ in descriptions})


def test_each_alarm_names_its_own_entry(descriptions: list[tuple[str, str]]) -> None:
    """GitHub makes the anchor of a heading from its letters in lower case."""
    named = [(name, description.rpartition(" Runbook: ")[2]) for name, description in descriptions]
    assert named == [(name, ADDRESS + name.lower()) for name, _ in descriptions]


def test_the_page_says_which_cloud_has_which_alarm(alarms: dict[str, Properties]) -> None:
    """The table has a row for each alarm: the name, then a word for each cloud."""
    rows = re.findall(r"^\| \[(\w+)\]\(#\w+\) \| (\w[^|]*|) ?\| (\w[^|]*|) ?\|", RUNBOOK, flags=re.MULTILINE)
    aws = {name for name, on_aws, _ in rows if on_aws.startswith("yes")}
    alibaba = {name for name, _, there in rows if there.startswith("yes")}
    assert (aws, alibaba) == (set(alarms), set(on_alibaba()))


@pytest.mark.parametrize("name", entries())
def test_an_entry_has_all_its_parts_in_order(name: str) -> None:
    places = [entries()[name].find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


def test_pages_and_tickets_stand_in_their_own_sections(descriptions: list[tuple[str, str]]) -> None:
    pages, _, tickets = RUNBOOK.partition("\n## Tickets\n")
    for name, description in descriptions:
        section = pages if description.startswith("PAGE. ") else tickets
        assert f"\n### {name}\n" in section


def commands() -> list[list[str]]:
    """Return the words of each command of imagesearch-ingest in the runbook."""
    found = re.findall(r"imagesearch-ingest((?: [\w\"=./:-]+)+)", RUNBOOK.replace("\n", " ").replace("`", "\n"))
    return [words.split() for words in found]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_each_command_exists_with_its_options(words: list[str]) -> None:
    command = typer.main.get_command(app)
    for word in words:
        if word not in getattr(command, "commands", {}):
            break
        command = command.commands[word]
    assert not hasattr(command, "commands")
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_a_command_on_a_deployment_names_the_stack() -> None:
    ends = (["--stack", "shop"], ["--function", "cn-shanghai/shop"])
    assert [words for words in commands() if not any(_holds(words, end) for end in ends)] == []


def _holds(words: list[str], wanted: list[str]) -> bool:
    return any(words[at : at + 2] == wanted for at in range(len(words)))


def test_each_entry_has_the_commands_of_both_clouds() -> None:
    lacking = [name for name, text in entries().items() if "--function cn-shanghai/shop" not in " ".join(text.split())]
    assert lacking == []


def test_saved_queries_that_entries_name_exist() -> None:
    saved = {one["Detail"]["SavedsearchName"] for one in RosStack().of_type("ALIYUN::SLS::Savedsearch").values()}
    named = set(re.findall(r"saved query `([\w-]+)`", RUNBOOK.replace("\n", " ")))
    assert named <= saved
    assert len(named) >= 5


def test_links_within_the_page_lead_to_an_entry() -> None:
    assert set(re.findall(r"\]\(#(\w+)\)", RUNBOOK)) <= {name.lower() for name in entries()}
