"""Say why deletions are withheld. They are withheld as a whole, never half done.

Sources: rclone bisync (an empty side and a large share of deletions stop it), and the tools that emptied a destination
because a listing of the source had ended too early (docs/adr/0056-reconcile.md).
"""

from collections.abc import Iterator

from imagesearch_ingest.settings import Settings
from imagesearch_ops.reconcile.audit_run import AuditRun
from imagesearch_ops.reconcile.wanted import Wanted
from imagesearch_ops.sharing import describe, why_not_ours

FEW = 10  # so many entries may be deleted from an index of any size
SHARE = 10  # or a tenth of the entries
_ALLOW = "Look at them with --json. If they are right, add --allow-deletes {}."


def why_withheld(audit: AuditRun, settings: Settings, wanted: Wanted) -> str | None:
    """Return in one line why no entry of a vanished object is deleted, and what to do, or ``None``."""
    return next(_guards(audit, settings, wanted), None)


def why_unmade_withheld(audit: AuditRun, settings: Settings, wanted: Wanted, *, additions: int) -> str | None:
    """Return in one line why no entry that no key makes is deleted, and what to do, or ``None``.

    ``additions`` are those that this run has announced. As long as one has not run, its old entry may be all there is.
    """
    return next(_guards_of_unmade(audit, settings, wanted, additions), None)


def _guards(audit: AuditRun, settings: Settings, wanted: Wanted) -> Iterator[str]:
    found = audit.number("orphaned")
    if not found:
        return
    if not settings.bucket:
        yield "INGEST_BUCKET is not set, so the objects may be in another bucket. Set it if there is only one bucket."
    if settings.on_removed == "keep":
        yield "INGEST_ON_REMOVED=keep keeps the entries of objects that are gone. Set it to delete, or leave them."
    if why := why_not_ours(settings, audit.url.key):
        yield why
    yield from _distrust(audit)
    most = max(FEW, audit.number("indexed") // SHARE) if wanted.allow_deletes is None else wanted.allow_deletes
    if found > most:
        limit = f"{FEW} and than a tenth of the index" if wanted.allow_deletes is None else f"--allow-deletes {most}"
        yield f"{found} entries have no object, which is more than {limit}. {_ALLOW.format(found)}"


def _guards_of_unmade(audit: AuditRun, settings: Settings, wanted: Wanted, additions: int) -> Iterator[str]:
    found, most = audit.number("foreign"), wanted.delete_unmade
    if not found or most is None:
        return
    if settings.is_shared:
        yield f"{describe(settings)}, and these entries may be theirs. Leave out --delete-unmade."
    yield from _distrust(audit)
    if not settings.key_prefix.startswith(audit.url.key):
        yield f"the audit was about {audit.url} alone, so other keys may make them. Audit the whole bucket."
    if waiting := additions or audit.number("missing"):
        yield f"{waiting} additions still need to run. Audit again once the queue has drained."
    if found > most:
        yield f"no key makes {found} entries, which is more than --delete-unmade {most}. Look at them with --json."


def _distrust(audit: AuditRun) -> Iterator[str]:
    """Yield why it is not certain what is left over."""
    if audit.counts.get("listing_complete") is not True:
        yield (
            "the listing of the bucket is not known to be whole. It may have ended early, or a policy may hide keys. "
            "Check what your key may list and read, then audit again."
        )
    if audit.counts.get("dump_complete") is not True:
        yield "the dump of the index is not whole, or its size could not be compared with the index. Audit again."
    if not audit.number("same"):
        yield "not one object is in the index under its IDs. Check that rule, bucket and instance are the function's."
