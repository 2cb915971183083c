"""Replace the generated parts of the documents. `make docs` calls this; tests/test_docs.py compares."""

from collections.abc import Iterator
from pathlib import Path

from documentation.commands import command_sections, exit_codes
from documentation.needs import needs_for_index
from documentation.parameters import parameters_table
from documentation.reasons import reasons_page
from documentation.settings import settings_table


def generated_pages(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each document that has generated parts, with its whole text as it should be.

    Raise ``ValueError`` if a document lacks the marks of such a part.
    """
    reference = root / "docs/reference"
    parts = {
        reference / "settings.md": {"settings": settings_table()},
        reference / "commands.md": {"exit codes": exit_codes(), "commands": command_sections()},
        reference / "parameters.md": {
            name: parameters_table(root / name) for name in ("template.yaml", "template.ros.yaml")
        },
        root / "docs/index.md": {"needs": needs_for_index((root / "README.md").read_text(encoding="utf-8"))},
    }
    for path, generated in parts.items():
        text = path.read_text(encoding="utf-8")
        for name, part in generated.items():
            text = replace_part(text, name, part)
        yield path, text
    yield root / "docs/reasons.md", reasons_page()


def replace_part(document: str, name: str, part: str) -> str:
    """Return the document with the part of this name replaced. Raise ``ValueError`` if a mark is missing."""
    begin, end = f"<!-- {name}: made by `make docs` -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = document.partition(begin)
    _, also_found, after = rest.partition(end)
    if not (found and also_found):
        raise ValueError(f"missing: {begin.strip()} ... {end.strip()}")
    return f"{before}{begin}\n{part}\n{end}{after}"
