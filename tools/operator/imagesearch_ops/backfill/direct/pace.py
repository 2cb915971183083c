"""Decide how many pictures a second this process adds."""

from imagesearch_ops import output
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.rates import describe_adds, own_adds

SHARE = 2  # one part in two of the quotas; the other is for live uploads
_VARIABLE = "INGEST_ADDS_PER_SECOND"


def choose_rate(job: Job) -> float:
    """Return the adds a second, and say why it is this number."""
    settings, rate = job.settings, job.wanted.rate
    allowed, is_shared = own_adds(settings), bool(settings.describe_share(settings.adds_per_second))
    if rate is None:
        rate = allowed / SHARE
        whole = describe_adds(settings) if is_shared else _VARIABLE
        why = f"half of {whole}, because live uploads share the instance's quota. --rate N changes it."
    elif rate > allowed:
        whole = describe_adds(settings) if is_shared else f"{_VARIABLE} ({allowed:g})"
        why = f"as --rate says. That is above {whole}: the instance will refuse calls."
    else:
        why = f"as --rate says, of {allowed:g} in all. Live uploads share the instance's quota."
    output.message(f"rate {rate:g}/s: {why}")
    return rate
