"""Announce what an audit has found."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.announcing.announcer import Announcer
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.engine import find_settings
from imagesearch_ops.buckets.looking import open_looker
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.faults import explain
from imagesearch_ops.instance import open_instance
from imagesearch_ops.queues import OperatorQueue, open_queue
from imagesearch_ops.reconcile.audit_run import AuditRun, read_about
from imagesearch_ops.reconcile.finding import find_audit
from imagesearch_ops.reconcile.guards import why_unmade_withheld, why_withheld
from imagesearch_ops.reconcile.outcomes import Action, Outcomes
from imagesearch_ops.reconcile.removals import Removals
from imagesearch_ops.reconcile.sending import announce
from imagesearch_ops.reconcile.unmade import UnmadeEntries, choose_rate
from imagesearch_ops.reconcile.wanted import Wanted
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import RunFolder, default_folder, open_run


def run_reconcile(wanted: Wanted, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json) as report:
        deployment = wanted.deployment.find(environ)
        settings, queue = find_settings(deployment), _open_queue(deployment)
        outcomes = Outcomes(report, wanted.yes)
        outcomes.count()
        report.summary |= {"audit": None, "dry_run": not wanted.yes}
        output.message(deployment.describe())
        try:
            audit = find_audit(wanted, deployment, report, environ)
        except (IngestError, OSError) as error:
            report.summary["withheld_because"] = explain(error)[0]
            raise
        report.summary["audit"] = audit.name
        if audit.url.cloud != queue.cloud:
            raise InputError(f"{audit.url} and {queue.url} are not on the same cloud")
        reconcile = _Reconcile(wanted, deployment, settings, audit, outcomes)
        try:
            if wanted.yes:
                reconcile.run(queue, environ)
            else:
                reconcile.plan()
        finally:
            outcomes.count()
        outcomes.show()
        reconcile.say_what_next()
        return report.code


def _open_queue(deployment: Deployment) -> OperatorQueue:
    if not deployment.queue_url:
        raise InputError(
            "this deployment has no queue to announce to: INGEST_QUEUE_URL is not set, as with a direct trigger. "
            "Add what is missing with `imagesearch-ingest backfill --engine direct`."
        )
    return open_queue(deployment.queue_url, deployment.environ)


def _check_folder(path: Path) -> None:
    """Raise ``InputError`` if the folder holds a run of another command, such as the audit itself."""
    about = path / "run.json"
    if about.exists() and read_about(about).get("command") != "reconcile":
        raise InputError(f"{path} holds a run of another command. Use another --state.")


@dataclass(slots=True)
class _Reconcile:
    """One reconcile at work."""

    wanted: Wanted
    deployment: Deployment
    settings: Settings
    audit: AuditRun
    outcomes: Outcomes

    @property
    def report(self) -> Report:
        return self.outcomes.report

    def plan(self) -> None:
        """Show what would be done."""
        for one in self._additions():
            self.outcomes.add(Action.ANNOUNCE_ADD, one)
        if self._may_delete():
            for one in self._orphaned():
                self.outcomes.add(Action.ANNOUNCE_DELETE, one)
        if self._may_delete_unmade():
            for one in self._unmade():
                self.outcomes.add(Action.DELETE_ENTRY, one)

    def run(self, queue: OperatorQueue, environ: Mapping[str, str]) -> None:
        """Do it: additions first, whatever becomes of the deletions."""
        with self._open_folder(environ) as folder:
            announcer = Announcer(queue, self.audit.url.bucket, "reconcile", self.report.run, folder)
            announce(announcer, self._additions(), partial(self.outcomes.add, Action.ANNOUNCE_ADD))
            if self._may_delete():
                self._delete(announcer)
            if self._may_delete_unmade():
                self._delete_unmade(folder)
            self._tell_undecided()
            folder.about["complete"] = True

    def say_what_next(self) -> None:
        """Tell a person what to run next."""
        words = " ".join(self.wanted.deployment.words())
        foreign = self.audit.number("foreign")
        if foreign and self.wanted.delete_unmade is None and not self.settings.is_shared:
            output.message(
                f"{foreign} entries that no key makes are left alone. --delete-unmade {foreign} deletes them."
            )
        if not self.wanted.yes:
            output.message("This was a dry run: nothing has changed. Add --yes to do it.")
        else:
            output.message(f"Next, once the queue has drained: imagesearch-ingest audit {words}".rstrip())

    def _tell_undecided(self) -> None:
        """Make a run that has left something undecided a failure, unless it has a reason of its own to be none."""
        undecided = self.audit.number("errors") + self.audit.number("undecided")
        if undecided and self.report.code is ExitCode.OK:
            text = f"{undecided} could not be decided by the audit, and were left alone."
            self.report.fail(ExitCode.FAILED, "undecided", text)

    @contextmanager
    def _open_folder(self, environ: Mapping[str, str]) -> Iterator[RunFolder]:
        path = self.wanted.state or default_folder(self.report.run, environ)
        _check_folder(path)
        about = {"v": 1, "command": "reconcile", "run": self.report.run, "audit": str(self.audit.path)}
        with open_run(path, {**about, "deployment": self.deployment.describe()}) as folder:
            output.message(
                f"run {self.report.run}: {path}. If it is stopped, start it again: to announce twice does no harm."
            )
            try:
                yield folder
            finally:
                self.outcomes.count()
                folder.about["counts"] = self.report.summary

    def _additions(self) -> Iterator[Difference]:
        symbols = {Symbol.MISSING, Symbol.REJECTED} if self.wanted.retry_rejected else {Symbol.MISSING}
        return self.audit.differences(symbols)

    def _orphaned(self) -> Iterator[Difference]:
        return self.audit.differences({Symbol.ORPHANED})

    def _unmade(self) -> Iterator[Difference]:
        return self.audit.differences({Symbol.FOREIGN})

    def _may_delete(self) -> bool:
        if self.wanted.adds_only:
            return False
        why = why_withheld(self.audit, self.settings, self.wanted)
        if why:
            self._withhold("Deletions", why, self._orphaned())
        return why is None

    def _may_delete_unmade(self) -> bool:
        if self.wanted.delete_unmade is None:
            return False
        why = why_unmade_withheld(self.audit, self.settings, self.wanted, additions=self.outcomes.additions)
        if why:
            self._withhold("Deletions with --delete-unmade", why, self._unmade())
        return why is None

    def _withhold(self, what: str, why: str, found: Iterator[Difference]) -> None:
        for one in found:
            self.outcomes.add(Action.WITHHELD, one)
        self.outcomes.withhold(what, why)

    def _delete(self, announcer: Announcer) -> None:
        with closing(open_looker(self.audit.url, self.deployment)) as looker:
            removals = Removals(self.audit.taken_at, looker, self.outcomes)
            tell = partial(self.outcomes.add, Action.ANNOUNCE_DELETE)
            announce(announcer, removals.confirm(self._orphaned()), tell)
            removals.conclude()

    def _delete_unmade(self, folder: RunFolder) -> None:
        if not self.audit.number("foreign"):
            return
        client = open_instance(self.deployment)
        rate = choose_rate(client.detail().qps, self.settings.share_of(self.settings.deletes_per_second))
        with closing(open_looker(self.audit.url, self.deployment)) as looker:
            entries = UnmadeEntries(client, looker, self.settings, self.outcomes, folder, rate)
            entries.delete(self._unmade(), self.audit.number("foreign"))
