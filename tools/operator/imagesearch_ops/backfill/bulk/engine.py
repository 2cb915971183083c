"""Prepare a batch import in a staging bucket, start it, and wait for its end."""

from imagesearch_ops.backfill.job import Job
from imagesearch_ops.errors import InputError


def run(job: Job) -> None:
    """Do the backfill."""
    raise InputError(f"the bulk engine is not built yet ({job.place})")
