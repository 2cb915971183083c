"""Generate docs/reasons.md from the table of reasons."""

from imagesearch_ingest.model.reasons import Reason

_INTRODUCTION = """# Reasons

Each reason explains why an object did not end as `added`. The line below it gives the result, the class of the fault
(see [settling](settling.md)), the stage that found it, and what to do. `make docs` generates this page from
`reasons.py`.
"""


def reasons_page() -> str:
    """Return the page, with one heading per reason for a dead letter's ``docs_url`` to link to."""
    entries = [
        f"## {reason.code}\n\n{reason.result}, {reason.fault_class}, {reason.stage}. {reason.hint}\n"
        for reason in Reason
    ]
    return "\n".join([_INTRODUCTION, *entries])
