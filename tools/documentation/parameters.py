"""Generate the tables of parameters from the templates."""

import re
from pathlib import Path
from typing import Any

import yaml

from documentation.tables import code, table


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # published without type information
    """Read a template without its functions, such as ``!Ref``: parameters hold none."""


_Loader.add_multi_constructor("!", lambda *_: None)


def parameters_table(template: Path) -> str:
    """Return a table with one row per parameter of a CloudFormation or ROS template."""
    parameters = yaml.load(template.read_text(encoding="utf-8"), _Loader)["Parameters"]  # noqa: S506 - a SafeLoader
    rows = (
        (code(name), _default(about), _allowed(about), _linked(about["Description"]))
        for name, about in parameters.items()
    )
    return table(("parameter", "default", "allowed", "meaning"), rows)


def _default(about: dict[str, Any]) -> str:
    return code(about["Default"]) or "*empty*" if "Default" in about else "*required*"


def _allowed(about: dict[str, Any]) -> str:
    if "AllowedValues" in about:
        return ", ".join(code(value) for value in about["AllowedValues"])
    if "MinValue" in about:
        return f"{about['MinValue']} to {about['MaxValue']}"
    length = f"at most {about['MaxLength']} characters" if "MaxLength" in about else ""
    return str(about.get("ConstraintDescription", length))


def _linked(text: str) -> str:
    """Return the description with links to the documents that it names, from docs/reference/."""
    return re.sub(r"\bdocs/([\w/-]+\.md)", r"[docs/\1](../\1)", text)
