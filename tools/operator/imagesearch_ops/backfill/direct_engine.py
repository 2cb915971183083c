"""Add the pictures from this process, through the library's own pipeline."""

from imagesearch_ops.backfill.job import Job
from imagesearch_ops.errors import InputError


def run(job: Job) -> None:
    """Do the backfill."""
    raise InputError(f"the direct engine is not built yet ({job.place})")
