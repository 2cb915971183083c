"""Make the value of a target's parameter from an event (EventBridge user guide, "Event transformation").

Chosen here, because the guide is silent: a JSONPath names fields with dots only; a value that is not text is written as
JSON; a path without a value gives an empty text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

MOST_CHARACTERS = 10_240  # of a value and of a template ("Limits", transformation of event content)
_PATH = re.compile(r"\$(?:\.[\w-]+)*")
_VARIABLE = re.compile(r"\$\{([\w-]+)\}")


def transform(parameter: Mapping[str, str], event: Mapping[str, Any]) -> str:
    """Return the value of one parameter: ``Form``, and ``Value`` and ``Template`` as the form needs them.

    Raise ``ValueError`` for another form, and for a path, a value or a template that the guide does not allow.
    """
    form, value, template = (parameter.get(name) or "" for name in ("Form", "Value", "Template"))
    if max(len(value), len(template)) > MOST_CHARACTERS:
        raise ValueError(f"{form} has more than {MOST_CHARACTERS} characters")
    match form:
        case "ORIGINAL":
            return write(event)
        case "CONSTANT":
            return value
        case "JSONPATH":
            return _find(event, value)
        case "TEMPLATE":
            found = {name: _find(event, path) for name, path in json.loads(value).items()}
            return _VARIABLE.sub(lambda match: found[match[1]], template)
    raise ValueError(f"Form is {form!r}; it must be ORIGINAL, CONSTANT, JSONPATH or TEMPLATE")


def write(content: object) -> str:
    """Return JSON as the platform writes it, with all characters unescaped."""
    return json.dumps(content, ensure_ascii=False)


def _find(event: Mapping[str, Any], path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a path such as $.data.oss")
    found: Any = event
    for name in path.split(".")[1:]:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else "" if found is None else write(found)
