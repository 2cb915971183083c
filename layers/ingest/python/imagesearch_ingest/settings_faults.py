"""Describe faults of the settings: which variable, which value, what to do."""

import difflib
from collections.abc import Mapping

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from imagesearch_ingest.attributes import describe
from imagesearch_ingest.redaction import HIDDEN

PREFIX = "INGEST_"


def variable(field: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + field.upper()


def describe_fault(fault: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """Return one line about a fault that pydantic found. A secret's value is never part of it."""
    field = str(fault["loc"][0])
    if fault["type"] == "missing":
        return f"{variable(field)} is not set. {fields[field].description}"
    if fault["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, fields, n=1)
        return f"Unknown setting {variable(field)}." + (f" Did you mean {variable(close[0])}?" if close else "")
    value = fault["input"] if fields[field].repr else HIDDEN
    return describe(variable(field), value, _plain(fault["msg"]))


def describe_two_rules(first: str, second: str) -> str:
    """Return the line for two key rules that are set at once."""
    return f"{variable(first)} and {variable(second)} are both set. Set only one of them."


def describe_irreversible_rule(field: str, why: str) -> str:
    """Return the line for a key rule under which two keys could share an entry."""
    return (
        f"{variable(field)} makes IDs from which the key cannot be rebuilt: {why}. Two keys could share one index "
        "entry, and removing one object would delete the entry of the other. Change the rule or set "
        f"{variable('on_removed')}=keep."
    )


def _plain(message: str) -> str:
    """Return pydantic's message as the end of a sentence about the variable."""
    message = message.removeprefix("Value error, ").partition(", unable to parse")[0]
    return message.replace("Input should be", "must be", 1).replace("String should have", "must have", 1)
