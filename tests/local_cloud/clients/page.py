"""Read the examples of docs/local-cloud.md."""

import re
from pathlib import Path

_PAGE = Path(__file__).parents[3] / "docs" / "local-cloud.md"


def read_section() -> str:
    """Return the section about front ends."""
    _, _, rest = _PAGE.read_text(encoding="utf-8").partition("\n## A search front end\n")
    return rest.partition("\n## ")[0]


def read_example(language: str) -> str:
    """Return the section's only code block in ``language``."""
    (example,) = re.findall(rf"^```{language}\n(.*?)^```$", read_section(), re.DOTALL | re.MULTILINE)
    return str(example)
