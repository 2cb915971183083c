"""``backfill cancel``: delete the announcements of a run that still wait in the queue."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from imagesearch_ops import output
from imagesearch_ops.backfill.announced import CANCELLED, read_announced
from imagesearch_ops.backfill.known_run import KnownRun, check_deployment, find_backfill
from imagesearch_ops.backfill.sieve import Sieve
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.progress import Tracker, tracking
from imagesearch_ops.queues import Message, OperatorQueue, open_queue
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import RunFolder, default_folder, open_run, resume_run
from imagesearch_ops.shell import quote

_SAVE_SECONDS = 1.0
_SHOWN_AGAIN_SECONDS = 1.2


def run_cancel(
    run: str,
    state: Path | None,
    place: DeploymentOptions,
    environ: Mapping[str, str],
    *,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json) as report:
        known = find_backfill(run, state, environ)
        report.run = known.name
        _check(known, yes=yes)
        deployment = place.find(environ)
        check_deployment(known, deployment)
        output.message(deployment.describe())
        queue = open_queue(_name_queue(deployment), deployment.environ)
        with _open_folder(known, state, environ) if yes else _no_folder() as folder:
            _Cancelling(report, known, queue, folder).run()
        return report.code


def _check(known: KnownRun, *, yes: bool) -> None:
    if not known.waits_in_queue:
        raise InputError(
            f"the run {known.name} has the engine {known.engine}: nothing of it waits in a queue. "
            "Stop its command to end it."
        )
    if yes and known.is_running:
        raise InputError(
            f"another command is at work on the run {known.name}. If it is the backfill, stop it with Ctrl-C."
        )
    if known.folder is None:
        output.message(f"No folder of the run {known.name} is on this machine. Only the queue is looked at.")


def _name_queue(deployment: Deployment) -> str:
    if not deployment.queue_url:
        raise InputError("the queue is unknown. Set INGEST_QUEUE_URL, or name a --stack.")
    return deployment.queue_url


@contextmanager
def _open_folder(known: KnownRun, state: Path | None, environ: Mapping[str, str]) -> Iterator[RunFolder]:
    """Open the run's folder or, on another machine than the run's, one of its own."""
    if known.folder is None:
        about = {"command": "backfill cancel", "run": known.name}
        path = state or default_folder(f"cancel-{known.name}", environ)
        opened = resume_run(path, about) if (path / "run.json").exists() else open_run(path, about)
    else:
        opened = resume_run(known.folder, {"run": known.name})
    with opened as folder:
        folder.save(complete=known.about.get("complete") is True)  # whether all was sent, which has not changed
        yield folder


@contextmanager
def _no_folder() -> Iterator[None]:
    yield None


@dataclass(slots=True)
class _Cancelling:
    """One command at work. Without ``folder`` it only counts."""

    report: Report
    known: KnownRun
    queue: OperatorQueue
    folder: RunFolder | None
    _saved_at: float = field(default_factory=monotonic)
    _before: int = 0  # cancelled by earlier commands

    def run(self) -> None:
        sieve = Sieve(self.queue, is_mine=self._is_mine, gives_way=lambda message: bool(read_announced(message.body)))
        self.report.ending = lambda: self._describe(sieve)
        if self.folder:
            earlier = self.folder.about.get("cancelled")
            self._before = earlier if type(earlier) is int else 0
        try:
            with tracking("reading the queue") as tracker, closing(sieve.batches()) as batches:
                for batch in batches:
                    self._take(sieve, batch, tracker)
        finally:
            self._save(sieve)
            self._summarise(sieve)
        if sieve.is_full and self.folder:
            self.report.fail(
                ExitCode.FAILED,
                "incomplete",
                f"Not all of the queue could be read: SQS hides no more than {sieve.most_hidden} messages at once, and "
                f"{sieve.others} others were before those of the run. Repeat the command.",
            )
        self._advise(sieve)

    def _is_mine(self, message: Message) -> bool:
        announced = read_announced(message.body)
        return announced is not None and announced.is_of(self.known.name)

    def _take(self, sieve: Sieve, batch: list[Message], tracker: Tracker) -> None:
        if self.folder is None:
            sieve.keep(batch)
        else:
            self._delete(self.folder, sieve, batch)
        tracker.update(sieve.found)

    def _delete(self, folder: RunFolder, sieve: Sieve, batch: list[Message]) -> None:
        folder.journal({"action": "cancel", "messages": [message.id for message in batch]})
        keys = [announced.key for message in batch if (announced := read_announced(message.body))]
        folder.append(CANCELLED, *({"key": key} for key in keys))
        sieve.delete(batch)
        if monotonic() - self._saved_at >= _SAVE_SECONDS:
            self._save(sieve)

    def _save(self, sieve: Sieve) -> None:
        self._saved_at = monotonic()
        if self.folder:
            self.folder.save(cancelled=self._before + sieve.found)

    def _summarise(self, sieve: Sieve) -> None:
        verb = "waiting" if self.folder is None else "cancelled"
        self.report.summary |= {verb: sieve.found, "others": sieve.others, "complete": not sieve.is_full}

    def _advise(self, sieve: Sieve) -> None:
        if not self.queue.keeps_hidden:  # a queue on SMQ shows what was released only after a second
            sleep(_SHOWN_AGAIN_SECONDS)
        hidden = self.queue.count().hidden
        self.report.summary["hidden_about"] = hidden
        if hidden:
            output.message(
                f"Hidden: about {hidden}. The function works on them, or they wait for their next try. Those of the "
                "run among them are not cancelled: repeat the command later to take out what has come back."
            )
        if self.folder is None and sieve.is_full:
            output.message(f"Counting has stopped: SQS hides no more than {sieve.most_hidden} messages at once.")
        if self.folder is None and sieve.found:
            output.message("Nothing was changed. Add --yes to cancel them.")
        elif self.folder is not None and sieve.found:
            url = self.known.about.get("url")
            again = f"imagesearch-ingest backfill {quote(str(url)) if url else 'URL'} --keys-from "
            output.message("`--resume` would go on behind the last key that was sent. To send what is cancelled again:")
            output.message(f"  {again}{quote(str(self.folder.path / CANCELLED))}")

    def _describe(self, sieve: Sieve) -> str:
        if self.folder is None:
            more = "more than " if sieve.is_full else ""
            return f"{more}{sieve.found} announcements of {self.known.name} wait; {sieve.others} other messages do"
        return f"{sieve.found} announcements of {self.known.name} cancelled; {sieve.others} other messages stay"
