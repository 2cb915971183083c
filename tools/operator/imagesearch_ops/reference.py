"""Generate the README's table of settings and docs/reasons.md from the code. Run by `make docs`."""

import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings, variable

BEGIN, END = "<!-- settings: made by `make docs` -->\n", "<!-- end of settings -->\n"

_REASONS = """# Reasons

Each reason explains why an object did not end as `added`. The line below it gives the result, the class of the fault
(see [settling](settling.md)), the stage that found it, and what to do. `make docs` generates this page from
`reasons.py`.
"""


def settings_table() -> str:
    """Return a Markdown table with one row per setting."""
    rows = [
        f"| `{variable(name)}` | {_default(info)} | {_cell(info.description or '')} |"
        for name, info in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def with_table(document: str) -> str:
    """Return the document with its table of settings replaced. Raise ``ValueError`` if a mark is missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"missing: {BEGIN.strip()} ... {END.strip()}")
    return before + BEGIN + settings_table() + END + after


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "*required*"
    return f"`{info.default}`" if info.default not in (None, "", (), {}) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def reasons_page() -> str:
    """Return docs/reasons.md, with one heading per reason for a dead letter's ``docs_url`` to link to."""
    entries = [
        f"## {reason.code}\n\n{reason.result}, {reason.fault_class}, {reason.stage}. {reason.hint}\n"
        for reason in Reason
    ]
    return "\n".join([_REASONS, *entries])


if __name__ == "__main__":
    root = Path(sys.argv[1])
    readme = root / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
    (root / "docs/reasons.md").write_text(reasons_page(), encoding="utf-8")
