"""Say how much of the instance's rates a deployment may use."""

from imagesearch_ingest.settings import Settings


def own_adds(settings: Settings) -> float:
    """Return the adds a second of this deployment: its share of what the instance allows."""
    return settings.share_of(settings.adds_per_second)


def describe_adds(settings: Settings) -> str:
    """Return the rate in words, such as ``2.5 adds/s (50% of 5)``."""
    rate = own_adds(settings)
    return f"{rate:g} add{'' if rate == 1 else 's'}/s{settings.describe_share(settings.adds_per_second)}"
