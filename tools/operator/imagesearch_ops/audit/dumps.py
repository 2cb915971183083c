"""Get the dump that an audit compares with the bucket, and judge whether it can be trusted (ADR 55)."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops import output
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.faults import explain
from imagesearch_ops.index.dump import fetch_dump
from imagesearch_ops.index.normalising import Normalised, NotTrustedError
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import open_instance
from imagesearch_ops.run_folder import RunFolder
from imagesearch_ops.stats import get_seconds

RAW = "dump.raw"  # in the run's folder
MOST_ENTRIES = 50_000_000  # of the largest instance (Limits page, "Instance capacity")
_SPARE_ENTRIES, _SPARE_PERCENT = 10, 1  # by which a file may differ from the instance: it is older


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump in a file, in any form that ``index/recognition.py`` knows.

    ``taken_at`` is in Unix seconds and never later than the export, except for a file, of which only the time of its
    last change is known. ``before`` and ``after`` are the entries that Detail counted around the export; of a file,
    both are the entries now. They are ``None`` if the instance could not be asked, and ``why_unknown`` says why.
    """

    path: Path
    taken_at: float
    is_made_now: bool
    before: int | None = None
    after: int | None = None
    why_unknown: str = ""

    @property
    def index_total(self) -> int | None:
        """Return the latest number of entries that the instance has counted."""
        return self.after

    def start_reading(self) -> Normalised:
        """Return what ``read_entries`` counts in. The instance's count bounds what it reads."""
        if self.before is None or self.after is None:
            return Normalised(MOST_ENTRIES, MOST_ENTRIES)
        return Normalised(self.before, self.after)


def open_dump(path: Path | None, deployment: Deployment, folder: RunFolder) -> Dump:
    """Return the dump of a file or, without a path, let the instance export now into the run's folder.

    Raise ``InputError`` for a file that cannot be read. For an export, raise also ``IngestError`` and ``OSError``.
    """
    if path is None:
        return _export(deployment, folder.path / RAW)
    _check_file(path)
    written = min(path.stat().st_mtime, time.time())
    shown = datetime.fromtimestamp(written, UTC).strftime("%Y-%m-%d %H:%M:%S")
    output.message(f"{path}: taken as the index of {shown} UTC, when the file was last changed.")
    total, why = _count_entries(deployment)
    return Dump(path, written, is_made_now=False, before=total, after=total, why_unknown=why)


def check(dump: Dump, found: Normalised, *, repeated: int = 0) -> str | None:
    """Return why the dump is not trusted, in one sentence with what to do, or ``None``.

    ``found`` is what was counted while it was read. ``repeated`` counts lines whose entry came before: an index has one
    entry for a pair of IDs.
    """
    fault = _find_fault(dump, found) or _find_miscount(dump, found, repeated)
    if fault:
        return f"{_capitalize(fault)}. {_advise(dump)}"
    if dump.after is None:
        return f"The dump may not be whole, because the number of entries is unknown: {dump.why_unknown}"
    return None


def _find_fault(dump: Dump, found: Normalised) -> str | None:
    """Return why the lines are not those of a dump, or not all of them."""
    if dump.after is not None and found.fault and found.lines > 2 * max(dump.before or 0, dump.after):
        return f"the dump has {_entries(found.lines)} or more, but {_counted(dump)}"
    try:
        found.check_lines()
    except NotTrustedError as error:
        return str(error)
    return None


def _find_miscount(dump: Dump, found: Normalised, repeated: int) -> str | None:
    """Return how the lines differ from the entries that the instance has counted."""
    if dump.before is None or dump.after is None:
        return None
    if not found.lines and max(dump.before, dump.after):
        return f"the dump is empty, but {_counted(dump)}"
    if not _is_near(dump, found.lines):
        return f"the dump has {_entries(found.lines)}, but {_counted(dump)}"
    if not _is_near(dump, found.lines - repeated):
        return f"the dump repeats {repeated:,} of its {_entries(found.lines)}, but {_counted(dump)}"
    return None


def _export(deployment: Deployment, raw: Path) -> Dump:
    task = fetch_dump(open_instance(deployment), raw, Teller(get_seconds()))
    return Dump(raw, task.began_at, is_made_now=True, before=task.before, after=task.after)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"--dump {path}: {'not a regular file' if path.exists() else 'no such file'}")
    try:
        path.open("rb").close()
    except OSError as error:
        raise InputError(f"--dump {path}: {error.strerror}") from None


def _count_entries(deployment: Deployment) -> tuple[int | None, str]:
    """Return how many entries the instance has now, or why it does not say."""
    try:
        return open_instance(deployment).detail().total, ""
    except (IngestError, InputError, SettingsError) as error:
        return None, explain(error)[0]


def _is_near(dump: Dump, number: int) -> bool:
    """Return whether the instance may have had so many entries when the dump was taken."""
    before, after = dump.before or 0, dump.after or 0
    spare = abs(after - before) if dump.is_made_now else max(_SPARE_ENTRIES, after * _SPARE_PERCENT // 100)
    return min(abs(number - before), abs(number - after)) <= spare


def _counted(dump: Dump) -> str:
    entries = _entries(dump.after or 0) if dump.before == dump.after else f"{dump.before:,} to {dump.after:,} entries"
    return f"the instance counted {entries}"


def _entries(number: int) -> str:
    return f"{number:,} entr{'y' if number == 1 else 'ies'}"


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


def _advise(dump: Dump) -> str:
    if dump.is_made_now:
        return f"Audit again when the instance changes less; the dump is kept in {dump.path}."
    return "Audit again without --dump, or make a new one with `index dump`."
