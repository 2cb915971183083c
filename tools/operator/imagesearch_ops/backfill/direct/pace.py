"""Decide how many pictures a second this process adds."""

from imagesearch_ops import output
from imagesearch_ops.backfill.job import Job

SHARE = 2  # one part in two of the quotas; the other is for live uploads
_VARIABLE = "INGEST_ADDS_PER_SECOND"


def choose_rate(job: Job) -> float:
    """Return the adds a second, and say why it is this number."""
    allowed = job.settings.adds_per_second
    rate = job.wanted.rate
    if rate is None:
        rate = allowed / SHARE
        why = f"half of {_VARIABLE}, because live uploads share the instance's quota. --rate N changes it."
    elif rate > allowed:
        why = f"as --rate says. That is above {_VARIABLE} ({allowed:g}): the instance will refuse calls."
    else:
        why = f"as --rate says, of {allowed:g} in all. Live uploads share the instance's quota."
    output.message(f"rate {rate:g}/s: {why}")
    return rate
