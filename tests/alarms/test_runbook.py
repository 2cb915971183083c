"""Each alarm names its entry in docs/runbook.md, and each entry there is about an alarm."""

import re
from pathlib import Path

import pytest
import typer

from imagesearch_ops.cli import app
from tests.alarms.conftest import Properties

RUNBOOK = (Path(__file__).parents[2] / "docs/runbook.md").read_text(encoding="utf-8")
ADDRESS = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/docs/runbook.md#"
PARTS = ("**What it means.**", "**How urgent.**", "**Look at.**", "**Mend.**", "**It closes**")


def entries() -> dict[str, str]:
    """Return the text of each entry, by its heading."""
    found = re.split(r"^### (\w+)$", RUNBOOK, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_alarms_and_entries_are_the_same(alarms: dict[str, Properties]) -> None:
    assert sorted(entries()) == sorted(alarms)


def test_each_alarm_names_its_own_entry(alarms: dict[str, Properties]) -> None:
    """GitHub makes the anchor of a heading from its letters in lower case."""
    named = {name: alarm["AlarmDescription"].rpartition(" Runbook: ")[2] for name, alarm in alarms.items()}
    assert named == {name: ADDRESS + name.lower() for name in alarms}


@pytest.mark.parametrize("name", entries())
def test_an_entry_has_all_its_parts_in_order(name: str) -> None:
    places = [entries()[name].find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


def test_pages_and_tickets_stand_in_their_own_sections(alarms: dict[str, Properties]) -> None:
    pages, _, tickets = RUNBOOK.partition("\n## Tickets\n")
    for name, alarm in alarms.items():
        section = pages if alarm["AlarmDescription"].startswith("PAGE. ") else tickets
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
    assert [words for words in commands() if "--stack" not in words or "shop" not in words] == []


def test_links_within_the_page_lead_to_an_entry() -> None:
    assert set(re.findall(r"\]\(#(\w+)\)", RUNBOOK)) <= {name.lower() for name in entries()}
