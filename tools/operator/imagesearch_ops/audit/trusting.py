"""Refuse to conclude anything from a dump that is not trusted, or from a side that is empty."""

from imagesearch_ops import output
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.dumps import Dump, check
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.index.normalising import Normalised, NotTrustedError


class NotComparedError(OSError):
    """An audit that cannot conclude anything. The message says why, and what to do."""


def check_dump(dump: Dump, found: Normalised, counts: Counts) -> None:
    """Raise ``NotComparedError`` for a dump that is not trusted. Tell if nobody can say whether it is whole."""
    why = check(dump, found)
    counts.dump_complete = why is None
    if why is None:
        return
    if dump.index_total is None and _is_understood(found):
        output.message(why)
        return
    for line in found.show():
        output.message(f"  {line}")
    raise NotComparedError(f"Nothing was compared. {why}")


def _is_understood(found: Normalised) -> bool:
    try:
        found.check_lines()
    except NotTrustedError:
        return False
    return True


def check_repeated(dump: Dump, found: Normalised, counts: Counts) -> None:
    """Raise ``NotComparedError`` if the dump has enough lines only because it repeats some."""
    repeated = counts.repeated_entries
    why = check(dump, found, repeated=repeated)
    if why and counts.dump_complete:
        counts.dump_complete = False
        raise NotComparedError(f"Nothing was concluded. {why}")


def check_both(place: Place, listed: int, found: Normalised) -> None:
    """Raise ``NotComparedError`` if a side is empty: nothing would be compared."""
    if not listed:
        raise NotComparedError(f"Nothing was compared: {place} holds no objects. Check the URL.")
    if not found.recognised:
        raise NotComparedError(
            f"Nothing was compared: the index has no entries. Add the pictures of {place} with `backfill`."
        )


def check_eligible(place: Place, counts: Counts) -> None:
    if not counts.eligible:
        raise NotComparedError(
            f"Nothing was compared: the rule takes none of the {counts.listed} objects in {place}. Check the settings."
        )
