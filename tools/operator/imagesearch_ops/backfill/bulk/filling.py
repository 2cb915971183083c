"""Fill the staging bucket: take what becomes of each object, in the order of the keys, and write it down."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ops import output
from imagesearch_ops.backfill.bulk.lines import UNREAD, WHY_LEFT
from imagesearch_ops.backfill.bulk.preparing import Put, Staged, Stager
from imagesearch_ops.backfill.bulk.staging import StagingBucket
from imagesearch_ops.backfill.bulk.state import LEFT, META, OBJECTS, STAGED, State
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.backfill.letters import Letters
from imagesearch_ops.buckets.listing import CloudBucket
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.progress import tracking
from imagesearch_ops.queues.opening import open_queue

_MOST_FAULTS = 10  # in a row: then nothing can be read
_MOST_HELD = 1000
_GONE = Reason.GONE_BEFORE_INGEST


def fill(job: Job, state: State, staging: StagingBucket) -> bool:
    """Prepare and stage what is left of the source. Return whether it came to its end, or to ``--max-objects``."""
    filler = _Filler(job, state)
    job.folder.journal({"action": "stage", "bucket": staging.name, "after": state.last_key})
    objects, unread = limit(job, state), state.left[UNREAD]
    with (
        closing(open_stager(job, staging.put)) as stager,
        tracking("preparing", known=state.listed, shown=has_line(job)) as tracker,
    ):
        for staged in stop_at_faults(stager.run(objects)):
            filler.take(staged)
            state.save_if_due()
            counts = {"rejected": state.rejected.total(), "skipped": state.skipped.total(), "left": state.left.total()}
            tracker.update(state.listed, counts=counts)
            if state.left[UNREAD] - unread >= job.wanted.max_errors:
                state.save()
                message = f"Stopped after {job.wanted.max_errors:,} objects that failed, as --max-errors says."
                job.report.fail(ExitCode.LIMIT, "max_errors", message)
                return False
    return True


def open_stager(job: Job, put: Put) -> Stager:
    """Return what prepares the objects of the job's bucket."""
    bucket = job.place.bucket
    assert isinstance(bucket, CloudBucket)  # noqa: S101 - a bulk import has a bucket of OSS
    return Stager(bucket, job.report.run, job.settings, job.environ, put)


def limit(job: Job, state: State) -> Iterator[ListedObject]:
    """Yield the objects that follow, as far as ``--max-objects`` allows. Note whether there are more."""
    most = job.wanted.max_objects
    objects = job.source.objects(state.last_key, state.count)
    if most is None:
        yield from objects
        return
    yield from islice(objects, max(0, most - state.count))
    state.is_limited = next(objects, None) is not None


def stop_at_faults(found: Iterable[Staged]) -> Iterator[Staged]:
    """Yield what was found. Raise a fault that a person must mend, and one that ten objects in a row have.

    Objects with a fault are held back until another one is read: an outage must not count them all as unread.
    """
    held: list[Staged] = []
    faults, has_worked = 0, False
    for staged in found:
        fault = _find_fault(staged)
        faults += fault is not None
        if fault and (fault.is_systemic or faults >= _MOST_FAULTS):
            raise fault
        held.append(staged)
        if fault is None and (staged.outcome or not faults or len(held) > _MOST_HELD):
            has_worked, faults = has_worked or staged.outcome is not None, 0
            yield from held
            held.clear()
    if faults and not has_worked:
        raise next(filter(None, map(_find_fault, held)))
    yield from held


def _find_fault(staged: Staged) -> IngestError | None:
    """Return why nothing is known about an object, if that is so."""
    outcome = staged.outcome
    if outcome is None or outcome.result is not Result.FAILED or outcome.reason is None:
        return None
    if outcome.fault_class is FaultClass.SYSTEMIC or outcome.reason is not Reason.INTERNAL_ERROR:
        return IngestError(outcome.reason, outcome.detail or outcome.reason.hint, service_code=outcome.service_code)
    raise IngestError(Reason.INTERNAL_ERROR, outcome.detail or "the object could not be prepared")


class _Filler:
    def __init__(self, job: Job, state: State) -> None:
        self._job, self._state, self._folder = job, state, job.folder
        self._letters = open_letters(job)

    def take(self, staged: Staged) -> None:
        """Write down what became of the next object, then count it."""
        key, outcome, state = staged.listed.key, staged.outcome, self._state
        if staged.refusal:
            self._tell(key, "skipped", staged.refusal.reason.code, staged.refusal.detail)
            state.skipped[staged.refusal.reason.code] += 1
        elif staged.left or outcome is None:
            self._leave(key, str(staged.left), None)
        elif outcome.result is Result.ADDED and staged.line and outcome.state:
            now = outcome.state
            self._folder.append(META, staged.line)
            about = {"key": key, "etag": now.etag, "version_id": now.version_id, "size": now.size}
            self._folder.append(STAGED, about)
            state.sent += 1
        elif outcome.result is Result.REJECTED and outcome.reason:
            self._letters.write([outcome])
            self._tell(key, "rejected", outcome.reason.code, outcome.detail)
            state.rejected[outcome.reason.code] += 1
        elif outcome.result is Result.FAILED:
            self._leave(key, UNREAD, outcome.detail)
        else:
            reason = outcome.reason or _GONE
            self._tell(key, "skipped", reason.code, outcome.detail or reason.hint)
            state.skipped[reason.code] += 1
        state.count += 1
        state.last_key = key

    def _leave(self, key: str, why: str, detail: str | None) -> None:
        self._folder.append(LEFT, {"key": key, "why": why})
        self._tell(key, "left", why, detail or WHY_LEFT[why])
        self._state.left[why] += 1

    def _tell(self, key: str, outcome: str, reason: str, detail: str | None) -> None:
        line = {"key": key, "outcome": outcome, "reason": reason, "detail": detail}
        self._folder.append(OBJECTS, line)
        self._job.report.line(line)


def open_letters(job: Job) -> Letters:
    """Return where letters go: the run folder, and the dead-letter queue of the deployment."""
    url = job.deployment.dead_letter_queue_url
    queue = open_queue(url, job.deployment.environ) if url else None
    return Letters(job.settings, job.folder, job.report.run, queue)


def has_line(job: Job) -> bool:
    """Return whether a moving line may be shown: not between lines of JSON on the same terminal."""
    return not (job.report.as_json and output.is_data_shown())
