"""Tell whether entries of the index may be another deployment's (docs/adr/0061-extra-settings.md).

Several deployments may share an instance, and IDs do not contain the bucket. So an entry whose object this bucket lacks
may be the entry of an object in another bucket. Each of them knows of the others only by its part of the rates.
"""

from imagesearch_ingest.identity.grammar import PicName, split_rules
from imagesearch_ingest.identity.template import Template
from imagesearch_ingest.settings import Settings

_WILDCARDS = ("*", "?", "[")


def why_not_ours(settings: Settings, prefix: str) -> str | None:
    """Return why orphaned entries may be those of another deployment and what to do, or ``None`` if they are not.

    ``prefix`` is the beginning of the keys that were compared.
    """
    if not settings.is_shared:
        return None
    if not (prefix or settings.key_prefix or _begins_with_text(settings.include)):
        return (
            f"{describe(settings)}. Entries without an object may be theirs, because no setting says which keys are "
            "this deployment's. Set INGEST_INCLUDE to what only its keys begin with, such as outlet/."
        )
    if _drops_the_beginning(settings):
        return (
            f"{describe(settings)}. Entries without an object may be theirs, because the IDs do not contain what this "
            "deployment's keys begin with. Let the rule keep the whole key: {product_id}/{pic_name} does, without "
            "INGEST_KEY_PREFIX."
        )
    return None


def describe(settings: Settings) -> str:
    """Return that others share the instance, and from what that is known."""
    return f"other deployments share the instance (INGEST_RATE_SHARE_PERCENT is {settings.rate_share_percent})"


def _begins_with_text(patterns: tuple[str, ...]) -> bool:
    return bool(patterns) and not any(pattern.startswith(_WILDCARDS) for pattern in patterns)


def _drops_the_beginning(settings: Settings) -> bool:
    """Return whether keys with different beginnings may get the same IDs."""
    rule = settings.identity_rule()
    if all(grammar.pic_name is PicName.KEY for grammar in rule.grammars):
        return False
    templates = map(Template.parse, split_rules(settings.key_template) if settings.key_template else [])
    return bool(rule.prefix) or any(one.has_pic_name and not one.pieces[0].name for one in templates)
