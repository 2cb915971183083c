"""Show the findings: a table by groups, and what mends each fault, to copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.text import Text

from imagesearch_ingest.settings import variable
from imagesearch_ops import output
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.keyless import SETUP
from imagesearch_ops.doctor.findings import Finding
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.output import new_table, print_table
from imagesearch_ops.terminal_text import printable

_MARKS = {True: ("ok", "green"), False: ("broken", "bold red"), None: ("unknown", "yellow")}
_GROUPS = (
    "deployment",
    "settings",
    "identity",
    "clock",
    "bucket",
    "queue",
    "letters",
    "function",
    "network",
    "keyless",
    "key",
    "instance",
    "canary",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result. ``name`` is the check, or the check with the part that it is about."""

    name: str
    group: str
    finding: Finding

    @classmethod
    def of(cls, check: Check, finding: Finding) -> "Row":
        name = f"{check.group}.{finding.about}" if finding.about else check.name
        return cls(name, check.group, finding)

    def public(self) -> dict[str, Any]:
        found = self.finding
        return {"check": self.name, "group": self.group, "ok": found.ok, "detail": found.detail, "fix": found.fix}


def describe(patient: Patient) -> str:
    """Return the line that every command begins with, or as much of it as is known."""
    if patient.is_seen and not patient.unset:
        return patient.deployment.describe()
    settings, scheme = patient.settings, "oss" if patient.cloud == "alibaba" else "s3"
    known = {field for field in ("instance_name", "instance_region") if field not in patient.unset}
    name = settings.instance_name if "instance_name" in known else f"({variable('instance_name')} is not set)"
    region = settings.instance_region if "instance_region" in known else "region unknown"
    mine = patient.environ.get("FC_REGION" if patient.cloud == "alibaba" else "AWS_REGION")
    return f"{patient.name}{f' ({mine})' if mine else ''}: {scheme}://{patient.bucket or '*'} -> {name} ({region})"


def summarize(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many checks there are, and how many of each mark."""
    marks = [row.finding.ok for row in rows]
    return {"checks": len(rows), "ok": marks.count(True), "broken": marks.count(False), "unknown": marks.count(None)}


def show(rows: Sequence[Row]) -> None:
    """Print the table and the fixes."""
    ordered = sorted(rows, key=lambda row: _GROUPS.index(row.group) if row.group in _GROUPS else len(_GROUPS))
    table = new_table("check", "", "details")
    for group, members in groupby(ordered, key=lambda row: row.group):
        table.add_row(Text(group, "bold"), "", "")
        for row in members:
            mark, style = _MARKS[row.finding.ok]
            name, detail = row.name.partition(".")[2], row.finding.detail.removeprefix("unknown: ")
            table.add_row(Text(f"  {printable(name)}"), Text(mark, style), Text(printable(detail)))
    print_table(table, "")
    _show_fixes(ordered)


def describe_counts(rows: Sequence[Row]) -> str:
    """Return the last line."""
    counts = summarize(rows)
    words = ", ".join(f"{counts[name]} {name}" for name in ("ok", "broken", "unknown"))
    return f"{counts['checks']} checks: {words}"


def _show_fixes(rows: Sequence[Row]) -> None:
    """Print what mends each fault, and what to create for access without a key."""
    wrong = [row for row in rows if row.finding.ok is False and row.finding.fix]
    if wrong:
        output.plain("To mend what is broken:")
    for row in wrong:
        output.plain(f"\n{printable(row.name)}")
        for line in str(row.finding.fix).splitlines():
            output.plain(f"  {printable(line)}")
    if wrong:
        output.plain("")
    for row in rows:
        if row.name == SETUP and row.finding.fix:
            _show_setup(row.finding.fix)


def _show_setup(commands: str) -> None:
    output.plain("All that access without a key needs, to copy into bash:\n")
    for line in commands.splitlines():
        output.plain(printable(line))
    output.plain("")
