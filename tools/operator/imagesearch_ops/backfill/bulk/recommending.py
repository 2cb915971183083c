"""Recommend the bulk import where it is worth its staging bucket."""

from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.bulk.refusing import why_other_names
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.rates import describe_adds, own_adds

WORTH_IT = 1_000_000  # eligible pictures


def advice(place: Place, settings: Settings, eligible: int) -> str | None:
    """Return a line that recommends the bulk import, or ``None`` where it is impossible or not worth it."""
    is_possible = place.url is not None and place.url.cloud == "alibaba" and why_other_names(settings) is None
    if eligible <= WORTH_IT or not is_possible:
        return None
    hours = eligible / own_adds(settings) / 3600
    return (
        f"{eligible:,} pictures take {hours:,.0f} h at {describe_adds(settings)}. The batch import of Image "
        f"Search may be quicker: --engine bulk --staging oss://BUCKET, with an empty bucket in "
        f"{settings.instance_region}."
    )
