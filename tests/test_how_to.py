"""The how-to guides name only what exists, and their numbers are right. Other tests run their commands."""

import re
from pathlib import Path

import pytest
import yaml

from imagesearch_ingest.model.reasons import Reason

ROOT = Path(__file__).parents[1]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs/how-to").glob("*.md"))}
NEEDS = {
    *("change-key-rule.md", "cost.md", "existing-bucket.md", "index-equals-bucket.md", "key-rotation.md", "kms.md"),
    *("many-pictures.md", "mondays-letters.md", "multi-region.md", "own-bucket.md", "prefixes.md", "rights.md"),
    *("rollback.md", "several-instances.md", "teardown.md", "upgrade.md", "vpc.md"),
}
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


def read_parameters(text: str) -> set[str]:
    section = text.partition("\nParameters:\n")[2].partition("\n\nRules:")[0]
    return set(re.findall(r"^  ([A-Z]\w+):$", section, re.MULTILINE))


def test_each_need_has_a_guide() -> None:
    assert PAGES.keys() == NEEDS


@pytest.mark.parametrize("name", PAGES)
def test_a_guide_fits_on_three_screens(name: str) -> None:
    assert PAGES[name].startswith("# ")
    assert len(PAGES[name].splitlines()) <= 120


def test_alarms_and_reasons_of_the_guides_exist() -> None:
    text = "".join(PAGES.values())
    alarms = set(re.findall(r"`(\w+Alarm)`", text))
    assert alarms
    assert [name for name in alarms if f"\n  {name}:\n" not in TEMPLATE] == []
    letters = PAGES["mondays-letters.md"].partition("5. **Mend the cause.**")[2].partition("6. **")[0]
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+|timeout)`", letters))
    assert named
    assert named <= {reason.code for reason in Reason}


def test_parameters_of_the_commands_on_aws_exist() -> None:
    commands = [
        command.replace("\\\n", " ")
        for page in PAGES.values()
        for command in re.findall(r"^ *(?:\S*/)?sam deploy (?:.*\\\n)*.*$", page, re.MULTILINE)
    ]
    given = {
        name
        for command in commands
        for name in re.findall(r"[\s']([A-Z]\w+)=", command.partition("--parameter-overrides")[2])
    }
    assert {"ExistingBucketName", "KeyPrefix", "KeyTemplate", "SubnetIds"} <= given
    assert given <= read_parameters(TEMPLATE)


def test_the_hours_of_many_pictures_are_right() -> None:
    rows = re.findall(
        r"^ *\| ([\d,]+) \| (\d+) hours.*? \| (\d+) hours \|$", PAGES["many-pictures.md"], flags=re.MULTILINE
    )
    assert [int(pictures.replace(",", "")) for pictures, *_ in rows] == [100_000, 500_000, 1_000_000]
    for pictures, slow, fast in rows:
        seconds = int(pictures.replace(",", ""))
        assert (int(slow), int(fast)) == (round(seconds / 3600), round(seconds / 5 / 3600))


def test_the_policy_of_the_key_is_that_of_the_page_on_credentials() -> None:
    policy = re.compile(r"```json\n(\{.*?\n\})\n```", re.DOTALL)
    here, there = (
        policy.search(PAGES["rights.md"]),
        policy.search((ROOT / "docs/credentials.md").read_text(encoding="utf-8")),
    )
    assert here
    assert there
    assert yaml.safe_load(here[1]) == yaml.safe_load(there[1])
