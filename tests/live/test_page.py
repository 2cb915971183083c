"""Each line of docs/not-verified.md has an ID, and either a probe or a reason why it can have none."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.live.listing import all_probes
from tests.live.page import PAGE, read_lines
from tests.live.probe import PROBES

ROOT = Path(__file__).parents[2]


def test_every_line_has_its_own_id() -> None:
    assert [line.text for line in read_lines() if not line.id] == [], "give each line the next number of its part"
    counts = Counter(line.id for line in read_lines())
    assert [name for name, count in counts.items() if count > 1] == []


def test_the_page_is_read_whole() -> None:
    items = re.findall(r"^- ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(read_lines()) == len(items) > 60


def test_every_line_has_a_probe_or_a_reason() -> None:
    neither = [line.id for line in read_lines() if line.id not in PROBES and not line.why_no_probe]
    assert neither == [], "write a probe in tests/live/probes, or '*No probe:* why' at the end of the line"
    assert [line.id for line in read_lines() if line.id in PROBES and line.why_no_probe] == []


def test_every_probe_has_a_line() -> None:
    """Delete the probe together with its line."""
    assert PROBES.keys() - {line.id for line in read_lines()} == set()
    assert len(all_probes()) == len(PROBES)


def test_most_lines_have_a_probe() -> None:
    assert len(PROBES) > len(read_lines()) / 2


def test_a_line_over_several_rows_is_one_line() -> None:
    (first, second) = read_lines("- **IS-01** One `a`\n  two. *No\n  probe:* needs a bill.\n\n## Part\n\n- Without.\n")
    assert (first.id, first.text, first.why_no_probe) == ("IS-01", "One `a` two.", "needs a bill.")
    assert (second.id, second.text, second.why_no_probe) == ("", "Without.", "")


@pytest.mark.parametrize("path", [".ci/run", "Makefile"])
def test_no_other_target_asks_a_real_account(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    recipes = re.sub(r"^live:.*\n(?:\t.*\n)*", "", text, flags=re.MULTILINE)
    rules = re.findall(r"^[a-z-]+:(?: .*)?$", recipes, re.MULTILINE)
    assert not any(re.search(r"\blive\b", rule.partition("##")[0]) for rule in rules)
    assert not re.search(r"make live|\$\(MAKE\).*\blive\b|tests\.live", recipes)
