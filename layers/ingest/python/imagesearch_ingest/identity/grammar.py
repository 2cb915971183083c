"""Read the two IDs and the attributes out of a key, by templates or by regular expressions with named groups.

Both know the same names: ``product_id``, which is required; ``pic_name``; the attributes; ``category_word``; and ``_``,
which is ignored. Templates also know ``*``. docs/key-rules.md explains the grammar; ``template.py`` reads templates.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from imagesearch_ingest.identity.fields import IGNORED, find_faults, raise_any
from imagesearch_ingest.identity.regex import Regex, encloses_all
from imagesearch_ingest.identity.template import Template

# Blanks on both sides of the bar, so that '|' in an alternative or in a regular expression separates no rules. A bar
# within braces never does.
_BETWEEN_RULES = re.compile(r"\s+\|\s+(?![^{}]*\})")


class PicName(Enum):
    """Where a rule takes PicName from."""

    KEY = auto()  # the whole key with its prefix, because the rule has no pic_name
    REST = auto()  # the whole key without its prefix, by a group around the whole regular expression
    PART = auto()  # a part of the key


@dataclass(frozen=True, slots=True)
class Grammar:
    """One rule that reads keys.

    ``text`` is its name in messages, ``fields`` the names that it reads. ``irreversible`` says why a key cannot be
    rebuilt from its two IDs, or is ``None`` if it can. ``compose`` makes ProductId of several fields.
    """

    text: str
    fields: frozenset[str]
    pic_name: PicName
    regex: Regex = field(compare=False, repr=False)
    irreversible: str | None = None
    compose: Callable[[dict[str, str]], None] | None = field(default=None, compare=False, repr=False)

    def read(self, text: str) -> dict[str, str] | None:
        """Return the value of each field that is not empty, or ``None`` if the text does not match."""
        values = self.regex.match(text)
        if values is not None:
            values.pop(IGNORED, None)
            if self.compose:
                self.compose(values)
        return values


def from_template(template: str) -> Grammar:
    """Return the grammar of a template. Raise ``ValueError`` naming every fault."""
    parsed = Template.parse(template)
    return Grammar(
        f"the template {template!r}",
        frozenset(parsed.names),
        PicName.PART if parsed.has_pic_name else PicName.KEY,
        Regex(parsed.pattern()),
        parsed.why_irreversible(),
        parsed.product.compose if parsed.product else None,
    )


def from_regex(pattern: str) -> Grammar:
    """Return the grammar of a regular expression in RE2's syntax. Raise ``ValueError`` naming every fault."""
    regex = Regex(pattern)
    raise_any(find_faults(regex.names))
    pic_name = PicName.KEY
    if "pic_name" in regex.names:
        pic_name = PicName.REST if encloses_all(pattern, "pic_name") else PicName.PART
    why = "a regular expression may leave parts of the key out of both IDs" if pic_name is PicName.PART else None
    return Grammar(f"the regular expression {pattern!r}", frozenset(regex.names), pic_name, regex, why)


GRAMMARS = {"key_template": from_template, "key_regex": from_regex}  # by the setting that holds the rules


def split_rules(text: str) -> list[str]:
    """Return the texts of the rules in a setting."""
    return _BETWEEN_RULES.split(text)


def read_rules(text: str, read_one: Callable[[str], Grammar]) -> tuple[Grammar, ...]:
    """Return the rules of a text, in order; `` | `` separates them. Raise ``ValueError`` naming every fault.

    ``read_one`` is ``from_template`` or ``from_regex``.
    """
    parts = split_rules(text)
    rules, faults = [], [f"{part!r} occurs twice" for part in {*parts} if parts.count(part) > 1]
    for part in parts:
        try:
            rules.append(read_one(part))
        except ValueError as fault:
            faults.append(str(fault) if len(parts) == 1 else f"in {part!r}: {fault}")
    raise_any(faults)
    return tuple(rules)


def why_irreversible(rules: tuple[Grammar, ...]) -> str | None:
    """Return why two keys may get the same IDs under these rules, or ``None`` if they cannot.

    Several rules are safe if PicName is the whole key in all of them. With a part of the key as PicName,
    ``{product_id}_{_}.jpg | {product_id}/{pic_name}`` gives ``7_1.jpg`` and ``7/7_1.jpg`` the same IDs.
    """
    return next(_find_collisions(rules), None)


def _find_collisions(rules: tuple[Grammar, ...]) -> Iterator[str]:
    for rule in rules:
        if rule.irreversible:
            yield rule.irreversible
    kinds = {rule.pic_name for rule in rules}
    if len(rules) > 1 and (PicName.PART in kinds or len(kinds) > 1):
        first = next(rule for rule in rules if rule.pic_name is not PicName.KEY)
        yield f"of several rules, {first.text} takes PicName from a part of the key"
