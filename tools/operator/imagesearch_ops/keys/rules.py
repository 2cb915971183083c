"""Find the rule to try: of the options, or of a deployment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from imagesearch_ingest.attributes import CATEGORY_WORD, AttributePolicy
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.identity.grammar import GRAMMARS, read_rules, why_irreversible
from imagesearch_ingest.identity.pattern_list import check_include, read_patterns
from imagesearch_ingest.settings import variable
from imagesearch_ingest.settings_conflicts import find_conflicts
from imagesearch_ingest.settings_faults import describe_irreversible_rule, describe_words_without_field
from imagesearch_ingest.settings_values import read_prefix
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.errors import InputError

OPTIONS = {
    "key_template": "--template",
    "key_regex": "--regex",
    "key_prefix": "--prefix",
    "include": "--include",
    "exclude": "--exclude",
}
_DEFAULT = "the folder and the whole key"


@dataclass(frozen=True, slots=True)
class TriedRule:
    """A rule with what is said about it.

    ``irreversible`` says why two keys may get the same IDs, or is ``None`` if they cannot. ``attributes`` is ``None``
    if the values of attributes cannot be checked, because the words of categories are not known.
    """

    rule: IdentityRule
    text: str
    irreversible: str | None
    attributes: AttributePolicy | None


def find_rule(given: Mapping[str, str], environ: Mapping[str, str], options: DeploymentOptions) -> TriedRule:
    """Return the rule. ``given`` holds the texts of options by the names of their settings.

    Raise ``InputError`` if a rule is given twice or is wrong, and what ``find_deployment`` raises.
    """
    if not given:
        return _read_deployment(environ, options)
    named = ", ".join(OPTIONS[name] for name in given)
    if options.is_given:
        raise InputError(f"{named} and a deployment are both given. Give the rule once.")
    if inherited := [variable(name) for name in OPTIONS if environ.get(variable(name))]:
        raise InputError(f"{named} and {', '.join(inherited)} in the shell are both given. Give the rule once.")
    return _read_options(given)


def _read_deployment(environ: Mapping[str, str], options: DeploymentOptions) -> TriedRule:
    settings, name = read_local_settings(environ), ""
    if options.is_given:
        deployment = options.find(environ)
        settings, name = deployment.settings or settings, deployment.describe()
    text = name or f"rule: {settings.key_template or settings.key_regex or _DEFAULT}"
    return TriedRule(settings.identity_rule(), text, None, settings.attribute_policy())


def _read_options(given: Mapping[str, str]) -> TriedRule:
    faults = [fault for name, text in given.items() if (fault := _find_fault(name, text))]
    if {"key_template", "key_regex"} <= given.keys():
        faults.append("--template and --regex are both given; use one of them")
    if not faults:
        rule = _build(given)
        irreversible = why_irreversible(rule.grammars)
        faults = _find_conflicts(given, irreversible)
    if faults:
        raise InputError("; ".join(map(_name_options, faults)))
    has_words = any(CATEGORY_WORD in grammar.fields for grammar in rule.grammars)
    text = given.get("key_template") or given.get("key_regex") or _DEFAULT
    return TriedRule(rule, f"rule: {text}", irreversible, None if has_words else AttributePolicy())


def _build(given: Mapping[str, str]) -> IdentityRule:
    return IdentityRule.from_settings(
        template=given.get("key_template"),
        regex=given.get("key_regex"),
        prefix=given.get("key_prefix", ""),
        include=read_patterns(given["include"]) if "include" in given else (),
        exclude=read_patterns(given["exclude"]) if "exclude" in given else (),
    )


def _find_fault(name: str, text: str) -> str | None:
    """Return what is wrong with the text of one option."""
    if not text:
        return f"{OPTIONS[name]} is empty"
    readers: dict[str, Callable[[str], object]] = {
        "key_prefix": read_prefix,
        "include": lambda text: check_include(read_patterns(text)),
        "exclude": read_patterns,
        **{field: partial(read_rules, read_one=GRAMMARS[field]) for field in GRAMMARS},
    }
    try:
        readers[name](text)
    except ValueError as fault:
        return f"{OPTIONS[name]}: {fault}"
    return None


def _find_conflicts(given: Mapping[str, str], irreversible: str | None) -> list[str]:
    """Return the conflicts that matter here: collisions are counted, and words of categories cannot be given."""
    told = {describe_words_without_field("category_words", has_words=False)}
    if irreversible:
        told |= {describe_irreversible_rule(field, irreversible) for field in GRAMMARS}
    return [conflict for conflict in find_conflicts(given) if conflict not in told]


def _name_options(text: str) -> str:
    """Return a message about settings with the options in their places."""
    for name, option in OPTIONS.items():
        text = text.replace(variable(name), option)
    return text
