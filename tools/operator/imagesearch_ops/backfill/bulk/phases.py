"""Go through the phases of a bulk import. Each is recorded, and a run goes on with the one in which it stopped."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops import output
from imagesearch_ops.backfill.bulk.filling import fill
from imagesearch_ops.backfill.bulk.folding import announce_rest, fetch_errors, fold_failures
from imagesearch_ops.backfill.bulk.importing import Importer
from imagesearch_ops.backfill.bulk.rehearsing import rehearse
from imagesearch_ops.backfill.bulk.staging import StagingBucket, open_staging
from imagesearch_ops.backfill.bulk.state import META, Phase, State
from imagesearch_ops.backfill.bulk.telling import conclude, describe_stop, summarise
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.errors import InputError
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import open_instance
from imagesearch_ops.stats import get_seconds

_NEEDING_THE_BUCKET = (Phase.STAGE, Phase.META, Phase.TASK, Phase.WAIT)


def run_phases(job: Job, name: str) -> None:
    """Run, or show what a run would do. Raise ``IngestError``, ``InputError`` and ``OSError``."""
    state = State(job.folder)
    if state.staging not in (None, name):
        raise InputError(f"the run uses oss://{state.staging}, not oss://{name}. Name the same bucket with --staging.")
    with closing(open_staging(name, job.settings, job.deployment)) as staging:
        importer = Importer(open_instance(job.deployment), name, Teller(get_seconds()))
        bulk = _Bulk(job, staging, importer, state)
        job.report.ending = lambda: describe_stop(job, state)
        try:
            bulk.run()
        finally:
            job.report.summary |= summarise(job, state)


@dataclass(slots=True)
class _Bulk:
    job: Job
    staging: StagingBucket
    importer: Importer
    state: State

    def run(self) -> None:
        is_ours = self.staging.check(self.job.report.run)
        self._tell_running()
        if not self.job.wanted.yes:
            rehearse(self.job, self.state, self.staging)
            self._tell_room()
            return
        if self.state.started is None:
            self._claim()
        elif not is_ours and self.state.phase in _NEEDING_THE_BUCKET:
            raise InputError(f"{self.staging} was emptied since the run began. Start a new run, without --resume.")
        self.state.restore()
        steps: Mapping[Phase, Callable[[], None]] = {
            Phase.STAGE: self._stage,
            Phase.META: self._put_meta,
            Phase.TASK: self._start,
            Phase.WAIT: self._wait,
            Phase.FOLD: self._fold,
            Phase.CHANGES: self._announce,
        }
        while step := steps.get(self.state.phase):
            before = self.state.phase
            step()
            if self.state.phase is before:  # a limit was reached
                return
        self.job.folder.save(complete=True)
        conclude(self.job, self.state, self.staging)

    def _tell_running(self) -> None:
        """Look for the task of somebody else. This also shows whether the access key may ask about tasks at all."""
        running = self.importer.find_running()
        if running not in (None, self.state.task):
            output.message(f"The instance works on the batch task {running}. A new one has to wait for its end.")

    def _tell_room(self) -> None:
        free = self.importer.free()
        if free < self.state.sent:
            output.message(
                f"The instance has room for {free:,} more pictures, and {self.state.sent:,} are to be imported. Those "
                "that it does not hold yet may fail."
            )

    def _claim(self) -> None:
        self.job.folder.journal({"action": "claim", "bucket": self.staging.name})
        self.state.staging = self.staging.name
        self.state.started = self.staging.claim(self.job.report.run)
        self.state.save()

    def _stage(self) -> None:
        if fill(self.job, self.state, self.staging):
            self.state.save(Phase.META if self.state.sent else Phase.CHANGES)

    def _put_meta(self) -> None:
        path = self.job.folder.path / META
        self.job.folder.journal({"action": "put_meta", "bucket": self.staging.name, "lines": self.state.sent})
        size = path.stat().st_size - len("\n")  # a line may also be what follows the last line break
        self.staging.put_meta(path, size, self.state.upload_id, self._remember_upload)
        self.state.upload_id = None
        self.state.save(Phase.TASK)

    def _remember_upload(self, upload_id: str) -> None:
        self.state.upload_id = upload_id
        self.state.save()

    def _start(self) -> None:
        self._tell_room()
        self.importer.note_earlier(self.state)
        self.job.folder.journal({"action": "increase_instance", "bucket": self.staging.name})
        self.state.save(Phase.WAIT)

    def _wait(self) -> None:
        self.importer.start(self.state)
        output.message(
            f"Image Search imports {self.state.sent:,} pictures (task {self.state.task}). This may take hours."
        )
        try:
            self.importer.wait(self.state)
        except IngestError:
            if url := self.importer.errors_url:
                where = fetch_errors(self.job, url, "failed", lambda: url)
                output.message(f"The lines of the task that failed are in {where}.")
            raise
        self.state.save(Phase.FOLD)

    def _fold(self) -> None:
        task = str(self.state.task)
        url = self.importer.errors_url
        if url is None:  # another process has waited for the task
            url = self.importer.ask_again(task)
        if url:
            path = fetch_errors(self.job, url, task, lambda: self.importer.ask_again(task))
            fold_failures(self.job, self.state, path)
        self.state.save(Phase.CHANGES)

    def _announce(self) -> None:
        announce_rest(self.job, self.state)
        self.state.save(Phase.DONE)
