"""Check whether a bulk import can be right, and run it."""

from imagesearch_ops.backfill.bulk.refusing import check_wanted
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.extras import Extra, needing


def run(job: Job) -> None:
    """Do the backfill. Raise ``IngestError``, ``InputError`` and ``OSError``; then the run can go on."""
    try:
        name = check_wanted(job)
        with needing(Extra.ALIBABA):
            from imagesearch_ops.backfill.bulk.phases import run_phases  # noqa: PLC0415 - optional
        run_phases(job, name)
    except BaseException:
        if not job.folder.about.get("bulk"):  # nothing was written anywhere
            job.folder.discard()
        raise
