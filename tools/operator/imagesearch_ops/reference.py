"""Reference made from the code: the README's table of settings, and docs/reasons.md. Run by `make docs`."""

import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings, variable

BEGIN, END = "<!-- settings: made by `make docs` -->\n", "<!-- end of settings -->\n"

_REASONS = """# Reasons

Why an object did not simply end as `added`: its result, whose fault it is (see [settling](settling.md)), where on its
way it was, and what to do. Made by `make docs` from `reasons.py`.
"""


def settings_table() -> str:
    rows = [
        f"| `{variable(name)}` | {_default(info)} | {_cell(info.description or '')} |"
        for name, info in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows]) + "\n"


def with_table(document: str) -> str:
    """The document with its table made anew. Raises ``ValueError`` where the marks are missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"there is no {BEGIN.strip()} ... {END.strip()}")
    return before + BEGIN + settings_table() + END + after


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "*required*"
    return f"`{info.default}`" if info.default not in (None, "", ()) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def reasons_page() -> str:
    """One heading a reason, so that a dead letter's ``docs_url`` leads to it."""
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
