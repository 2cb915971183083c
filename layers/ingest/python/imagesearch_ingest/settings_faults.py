"""Describe faults of the settings: which variable, which value, what to do."""

import difflib
import re
from collections.abc import Collection, Mapping

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from imagesearch_ingest.attributes import describe
from imagesearch_ingest.redaction import HIDDEN

PREFIX = "INGEST_"


def variable(field: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + field.upper()


def describe_fault(fault: ErrorDetails, fields: Mapping[str, FieldInfo], *, beside: str) -> str:
    """Return one line about a fault that pydantic found. A secret's value is never part of it.

    ``beside`` is the name of a variable that may be set and is not a field.
    """
    field = str(fault["loc"][0])
    if fault["type"] == "missing":
        return f"{variable(field)} is not set. {fields[field].description}"
    if fault["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, [*fields, beside], n=1)
        return f"Unknown setting {variable(field)}." + (f" Did you mean {variable(close[0])}?" if close else "")
    value = fault["input"] if fields[field].repr else HIDDEN
    return describe(variable(field), value, _plain(fault["msg"]))


def describe_place(line: str, inside: Collection[str], container: str) -> str:
    """Return the line with the place of the variable that it begins with, if that is ``inside`` of another one."""
    found = re.search(rf"\b{PREFIX}\w+", line)
    if found is None or found[0] not in inside:
        return line
    return f"{line[: found.end()]} (in {variable(container)}){line[found.end() :]}"


def describe_two_rules(first: str, second: str) -> str:
    """Return the line for two key rules that are set at once."""
    return f"{variable(first)} and {variable(second)} are both set. Set only one of them."


def describe_irreversible_rule(field: str, why: str) -> str:
    """Return the line for a key rule under which two keys could share an entry."""
    instead = " (write {*} in its place)" if field == "key_template" else ""
    return (
        f"{variable(field)} makes IDs from which the key cannot be rebuilt: {why}. Two keys could share one index "
        f"entry, and each would overwrite or delete the picture of the other. Leave pic_name out{instead}: then "
        "PicName is the whole key, and no two keys share an entry."
    )


def describe_leading_slash(field: str, text: str, instead: str, prefix: str) -> str:
    """Return the line for a rule that only keys with a slash at their beginning can match."""
    why = f"{variable('key_prefix')} ends in '/' and is removed before matching" if prefix else "keys begin without '/'"
    return describe(variable(field), text, f"{why}; write {instead!r}")


def describe_repeated_prefix(field: str, text: str, instead: str) -> str:
    """Return the line for a rule that begins with the prefix, which keys have lost when they are matched."""
    return describe(variable(field), text, f"{variable('key_prefix')} is removed before matching; write {instead!r}")


def describe_patterns_outside(field: str, patterns: list[str], prefix: str) -> str:
    """Return the line for patterns that match no key with the prefix."""
    quoted = ", ".join(map(repr, patterns))
    return (
        f"{variable(field)} contains {quoted}, but no key that begins with {variable('key_prefix')}, which is "
        f"{prefix!r}, can match. Patterns are matched against the whole key: write {prefix + patterns[0]!r}, or change "
        "one of the two."
    )


def describe_covered_patterns(patterns: list[str], *, is_include_set: bool) -> str:
    """Return the line for include patterns all of whose keys are excluded."""
    if not is_include_set:
        return f"{variable('exclude')} excludes every key. Remove the pattern that matches everything."
    quoted = ", ".join(map(repr, patterns))
    return f"{variable('include')} contains {quoted}, but {variable('exclude')} excludes all of its keys. Remove one."


def describe_same_queue(first: str, second: str) -> str:
    """Return the line for a dead-letter queue that is the queue of uploads."""
    return (
        f"{variable(second)} is the same queue as {variable(first)}. Dead letters would come back as uploads. Use a "
        "queue of its own."
    )


def describe_words_without_field(words: str, *, has_words: bool) -> str:
    """Return the line for category words without ``{category_word}`` in the rule, or the other way round."""
    if has_words:
        return f"{variable(words)} is set, but the key rule has no field category_word. Add it, or remove the words."
    return f"{variable(words)} is not set, but the key rule has the field category_word. Set it to words like shoes:3."


def describe_half_of_a_pair(given: str, missing: str) -> str:
    """Return the line for a setting that has no effect without another one."""
    return f"{variable(given)} is set, but {variable(missing)} is not. Set both, or remove {variable(given)}."


def describe_two_ways(first: str, second: str) -> str:
    """Return the line for two ways to a key of Alibaba Cloud."""
    return f"{variable(first)} and {variable(second)} are both set. Set the role or the secret, not both."


def describe_other_account(role: str, provider: str, account: str) -> str:
    """Return the line for a role that cannot trust the identity provider of another account."""
    return (
        f"{variable(provider)} belongs to another account than {variable(role)}, which is of {account}. A role trusts "
        "the identity providers of its own account only."
    )


def _plain(message: str) -> str:
    """Return pydantic's message as the end of a sentence about the variable."""
    message = message.removeprefix("Value error, ").partition(", unable to parse")[0]
    return message.replace("Input should be", "must be", 1).replace("String should have", "must have", 1)
