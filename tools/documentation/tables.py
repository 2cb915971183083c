"""Write tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with one line per row."""
    lines = [header, ["---"] * len(header), *([cell(text) for text in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")


def cell(text: str) -> str:
    """Return the text on one line, with the characters that would end the cell escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def code(value: object) -> str:
    """Return the value as code, or nothing if there is none."""
    return f"`{value}`" if value not in (None, "", (), {}) else ""
