"""Say in words what a worker takes, from where, and under which rule."""

from collections.abc import Sequence

from imagesearch_ingest.settings import Settings
from imagesearch_ingest.settings_values import ALL, OFF

_MOST_PATTERNS = 10  # of a list, in the line


def describe_start(settings: Settings) -> str:
    """Return one line about the settings that decide what becomes of an upload."""
    return "; ".join(
        [
            f"taking {_describe_keys(settings)} from {_describe_bucket(settings)}",
            _describe_rule(settings),
            _describe_metadata(settings.metadata),
            f"to instance {settings.instance_name} ({settings.instance_region})",
            _describe_rate(settings),
            f"when an object is removed, {settings.on_removed} its entry",
        ]
    )


def _describe_keys(settings: Settings) -> str:
    below = f" below {settings.key_prefix}" if settings.key_prefix else ""
    excluded = f" except {_list(settings.exclude)}" if settings.exclude else ""
    return f"{_list(settings.include) or 'every key'}{below}{excluded}"


def _describe_bucket(settings: Settings) -> str:
    return f"bucket {settings.bucket}" if settings.bucket else "every bucket whose events arrive"


def _describe_rule(settings: Settings) -> str:
    rule = settings.identity_rule()
    if not rule.grammars:
        return "ProductId is the folder or the file's name, PicName the whole key"
    texts = ", or else ".join(grammar.text for grammar in rule.grammars)
    read_pic_name = any("pic_name" in grammar.fields for grammar in rule.grammars)
    return f"ProductId and PicName by {texts}" if read_pic_name else f"ProductId by {texts}, PicName is the whole key"


def _describe_rate(settings: Settings) -> str:
    rate, workers = settings.share_of(settings.adds_per_second), settings.max_concurrency
    adds = f"{rate:g} add{'' if rate == 1 else 's'} per second{settings.describe_share(settings.adds_per_second)}"
    return f"{adds} shared by {workers} workers" if workers > 1 else f"{adds} by one worker"


def _describe_metadata(metadata: str) -> str:
    if metadata in (ALL, OFF):
        return f"metadata may set {'every' if metadata == ALL else 'no'} attribute"
    return f"metadata may set {metadata.replace(',', ', ')}"


def _list(patterns: Sequence[str]) -> str:
    more = f" and {len(patterns) - _MOST_PATTERNS} more" if len(patterns) > _MOST_PATTERNS else ""
    return ", ".join(patterns[:_MOST_PATTERNS]) + more
