"""Build the library's own pipeline over the operator's keys: what the function does, without the function."""

import random
import threading
from dataclasses import dataclass, replace
from typing import NamedTuple

from imagesearch_ingest import __version__
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.batch.settling import HandedBack, Invocation, Settler
from imagesearch_ingest.bootstrap import common
from imagesearch_ingest.credentials import LearnedCredentials
from imagesearch_ingest.dead_letters.queue import RedactedDeadLetters
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import Reconciler
from imagesearch_ingest.redaction import Redactor
from imagesearch_ops.backfill.as_announced import WRITER
from imagesearch_ops.backfill.direct.children import Children
from imagesearch_ops.backfill.direct.letters import FiledLetters, open_dead_letters
from imagesearch_ops.backfill.direct.pace import SHARE
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.buckets.patience import StoppableClock
from imagesearch_ops.daemon_threads import DaemonThreads
from imagesearch_ops.instance import open_credentials
from imagesearch_ops.results import ObjectResult
from imagesearch_ops.stores import open_store

MAX_OBJECTS = 64  # in work at once
SECONDS = 900.0  # for one object, as in the longest invocation of a Lambda function
_SLOTS = 4  # at a very low rate, an object may wait for as many slots in addition


class Settled(NamedTuple):
    """What became of an object. ``back`` is set if it is not settled: its ``faults`` say why."""

    result: ObjectResult
    outcome: Outcome
    back: HandedBack | None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Reconcile objects and settle them. ``stop`` ends all waiting at once."""

    reconciler: Reconciler
    settler: Settler
    letters: FiledLetters
    clock: StoppableClock
    children: Children
    redactor: Redactor
    reporter: "LastOutcome"
    seconds: float
    run: str

    def reconcile(self, record: EventRecord) -> Outcome:
        """Return the outcome for the record's one object. Safe for several threads at once."""
        (change,) = record.changes
        return self.reconciler.reconcile(change.ref, self._deadline(), record.changes)

    def settle(self, record: EventRecord, outcome: Outcome) -> Settled:
        """Write the dead letter, if the outcome needs one. Raise ``OSError`` if it cannot be filed."""
        (ref,) = record.refs
        back = self.settler.settle(record, {ref: outcome}, Invocation(self._deadline(), self.run))
        if self.letters.fault:
            raise self.letters.fault
        return Settled(self._result(self.reporter.outcome or outcome, is_settled=back is None), outcome, back)

    def stop(self) -> None:
        """End all waiting and the preparation of pictures. What is under way fails with ``NOT_BEGUN``."""
        self.clock.stopped.set()
        self.children.close()

    def close(self) -> None:
        """Stop, and leave no child behind."""
        self.stop()

    def _deadline(self) -> Deadline:
        return Deadline.after(self.clock, self.seconds)

    def _result(self, outcome: Outcome, *, is_settled: bool) -> ObjectResult:
        ref, identity, prepared = outcome.ref, outcome.identity, outcome.prepared
        return ObjectResult(
            key=ref.key if ref else None,
            outcome=str(outcome.result),
            reason=outcome.reason.code if outcome.reason else None,
            product_id=identity.product_id if identity else None,
            pic_name=identity.pic_name if identity else None,
            ms=outcome.milliseconds,
            fault_class=str(outcome.fault_class) if outcome.reason else None,
            detail=self.redactor.prose(outcome.detail) if outcome.detail else None,
            dead_lettered=is_settled and outcome.fault_class is not FaultClass.NONE,
            steps=prepared.steps if prepared else (),
        )


class LastOutcome:
    """A ``Reporter`` that keeps what the settler says about the latest record."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,  # noqa: ARG002 - as in Reporter
        *,
        request_id: str,  # noqa: ARG002 - as above
        dead_lettered: bool,  # noqa: ARG002 - as above
        fault: IngestError | None,  # noqa: ARG002 - as above
    ) -> None:
        self.outcome = outcome

    def batch_done(self) -> None:
        """Do nothing: there are no metrics."""


def open_pipeline(job: Job, rate: float) -> Pipeline:
    """Return the pipeline at ``rate`` adds a second. Raise ``SettingsError``, ``InputError`` and ``IngestError``."""
    settings, deployment, environ = job.settings, job.deployment, job.deployment.environ
    assert job.place.url is not None  # noqa: S101 - a backfill is about a bucket
    redactor = Redactor.from_environment(environ)
    credentials = LearnedCredentials(open_credentials(settings, deployment), redactor)
    credentials.get()  # a key that cannot be used ends the run before anything begins
    clock, children, reporter = StoppableClock(), Children(environ, rate), LastOutcome()
    letters = FiledLetters(job.folder, open_dead_letters(deployment, settings))
    ports = common.Ports(
        store=open_store(job.place.url.cloud, deployment, connections=MAX_OBJECTS),
        index=ImageSearchApi(common.image_search_options(settings, MAX_OBJECTS), credentials),
        isolated=children,
        queue=None,
        dead_letters=RedactedDeadLetters(letters, redactor),
        reporter=reporter,
        clock=clock,
        rng=random.Random(),
        executor=DaemonThreads(),
    )
    paced = settings.model_copy(
        update={
            "adds_per_second": rate,
            "deletes_per_second": settings.share_of(settings.deletes_per_second) / SHARE,
            "rate_share_percent": 100,
            "max_concurrency": 1,
        }
    )
    preparer = Preparer(settings.image_policy(), children, threading.BoundedSemaphore(children.number))
    own = common.Deployment(function_name=WRITER, function_version=__version__)
    return Pipeline(
        reconciler=replace(common.build_reconciler(paced, ports), preparer=preparer),
        settler=common.build_settler(settings, ports, own),
        letters=letters,
        clock=clock,
        children=children,
        redactor=redactor,
        reporter=reporter,
        seconds=SECONDS + _SLOTS / rate,
        run=job.report.run,
    )
