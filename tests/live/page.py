"""Read docs/not-verified.md: the ID of each line, its text, and why it has no probe if it has none."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/not-verified.md"
NO_PROBE = "*No probe:*"
_ITEM = re.compile(r"- (?:\*\*([A-Z]+-\d\d)\*\* )?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """``id`` is empty if the line has none. ``why_no_probe`` is empty if it has to have a probe."""

    id: str
    text: str
    why_no_probe: str


def read_lines(text: str | None = None) -> list[Line]:
    """Return the lines of the page in their order."""
    page = PAGE.read_text(encoding="utf-8") if text is None else text
    return [_read(item) for item in re.findall(r"^- .*(?:\n  .*)*", page, re.MULTILINE)]


def _read(item: str) -> Line:
    identifier, text = _ITEM.fullmatch(" ".join(item.split())).groups()
    claim, _, why = text.partition(NO_PROBE)
    return Line(identifier or "", claim.strip(), why.strip())
