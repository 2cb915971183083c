"""Find settings that are valid alone, but not together."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from imagesearch_ingest.attributes import CATEGORY_WORD
from imagesearch_ingest.identity.grammar import GRAMMARS, PicName, read_rules, split_rules, why_irreversible
from imagesearch_ingest.identity.overlap import find_covered, find_outside
from imagesearch_ingest.identity.pattern_list import read_patterns
from imagesearch_ingest.settings_faults import (
    describe_covered_patterns,
    describe_half_of_a_pair,
    describe_irreversible_rule,
    describe_leading_slash,
    describe_other_account,
    describe_patterns_outside,
    describe_repeated_prefix,
    describe_same_queue,
    describe_two_rules,
    describe_two_ways,
    describe_words_without_field,
)
from imagesearch_ingest.settings_values import is_same_queue, read_prefix

T = TypeVar("T")
_ACCOUNT = re.compile("acs:ram::([0-9]+):")  # in an ARN of RAM
_ANCHORS = re.compile(r"(?:\(\?[a-zA-Z-]+\)|\^|\\A)*")


def find_conflicts(given: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each conflict between raw values, even if one of the values is also invalid alone."""
    yield from _find_conflicts_of_rules(given)
    yield from _find_conflicts_of_patterns(given)
    first, second = "queue_url", "dead_letter_queue_url"
    if first in given and second in given and is_same_queue(given[first], given[second]):
        yield describe_same_queue(first, second)
    yield from _find_conflicts_of_credentials(given)


def _find_conflicts_of_credentials(given: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each half of the keyless way, and for two ways to a key."""
    role, provider = "role_arn", "oidc_provider_arn"
    needs = {role: provider, provider: role, "oidc_audience": role, "sts_endpoint": role}
    for field, needed in needs.items():
        if field in given and needed not in given:
            yield describe_half_of_a_pair(field, needed)
    if role in given and "credentials_secret" in given:
        yield describe_two_ways(role, "credentials_secret")
    accounts = [_ACCOUNT.match(given[field]) for field in (role, provider) if field in given]
    known = [found[1] for found in accounts if found]
    if len(set(known)) > 1:
        yield describe_other_account(role, provider, known[0])


def _find_conflicts_of_rules(given: Mapping[str, str]) -> Iterator[str]:
    fields = sorted(GRAMMARS.keys() & given.keys())
    if len(fields) > 1:
        yield describe_two_rules(*fields)
    has_words, uses_words = "category_words" in given, False
    for field in fields:
        rules = _read_if_valid(partial(read_rules, read_one=GRAMMARS[field]), given[field])
        if rules is None:
            return
        if why := why_irreversible(rules):
            yield describe_irreversible_rule(field, why)
        prefix = given.get("key_prefix", "")
        for text, rule in zip(split_rules(given[field]), rules, strict=True):
            is_regex = field == "key_regex"
            beginning, rest = _split_anchors(text) if is_regex else ("", text)
            # Without a pic_name, a template ignores slashes at its beginning.
            takes_slash = not is_regex and rule.pic_name is not PicName.PART
            if _begins_with("/", rest, is_regex) and not takes_slash and (not prefix or prefix.endswith("/")):
                yield describe_leading_slash(field, text, beginning + rest.lstrip("/"), prefix)
            if prefix.endswith("/") and _begins_with(prefix, rest, is_regex):
                yield describe_repeated_prefix(field, text, beginning + rest.removeprefix(prefix))
        uses_words = uses_words or any(CATEGORY_WORD in rule.fields for rule in rules)
    if has_words != uses_words:
        yield describe_words_without_field("category_words", has_words=has_words)


def _split_anchors(regex: str) -> tuple[str, str]:
    """Return the anchors and flags at the beginning of a regular expression, and the rest."""
    found = _ANCHORS.match(regex)
    length = found.end() if found else 0
    return regex[:length], regex[length:]


def _begins_with(text: str, rule: str, is_regex: bool) -> bool:  # noqa: FBT001 - of two kinds of rule
    """Return whether each key has to begin with the text."""
    is_optional = is_regex and ("|" in rule or rule.startswith(("?", "*", "{"), len(text)))
    return rule.startswith(text) and not is_optional


def _find_conflicts_of_patterns(given: Mapping[str, str]) -> Iterator[str]:
    prefix = _read_if_valid(read_prefix, given.get("key_prefix", ""))
    include, exclude = (
        _read_if_valid(read_patterns, given[field]) if field in given else () for field in ("include", "exclude")
    )
    if prefix is None or include is None or exclude is None:
        return
    for field, patterns in (("include", include), ("exclude", exclude)):
        if outside := find_outside(patterns, prefix):
            yield describe_patterns_outside(field, outside, prefix)
    if exclude and (covered := find_covered(include, exclude, prefix)):
        yield describe_covered_patterns(covered, is_include_set=bool(include))


def _read_if_valid(read: Callable[[str], T], text: str) -> T | None:
    """Return the value, or ``None`` if the text is invalid: the field's own validator reports that."""
    try:
        return read(text)
    except ValueError:
        return None
