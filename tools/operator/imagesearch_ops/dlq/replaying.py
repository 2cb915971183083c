"""``dlq replay``: make the function look at objects again that could not be added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops import output
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.dlq.decisions import Decider, Decision, decide_from_file, open_decider
from imagesearch_ops.dlq.filters import Filter, read_filters
from imagesearch_ops.dlq.letters import Line, identity
from imagesearch_ops.dlq.moving import FASTEST, MoveTask, start_move, wait_for_move
from imagesearch_ops.dlq.outcomes import Outcomes
from imagesearch_ops.dlq.sending import Sending, replay_file, replay_queue
from imagesearch_ops.dlq.session import Session, Where, open_session
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queues import OperatorQueue, open_queue
from imagesearch_ops.queues.sqs import SqsQueue
from imagesearch_ops.rates import own_adds
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import RunFolder, default_folder, open_run

DEFAULT_RATE = 5
_AT_ONCE = 200  # records that are decided together


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What is replayed, and how."""

    where: Sequence[str] = ()
    takes_all: bool = False
    rate: int | None = None
    is_forced: bool = False
    tries: bool = False
    does_it: bool = False
    waits: bool = False
    state: Path | None = None


def run_replay(where: Where, options: ReplayOptions, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Without ``--yes`` nothing changes. Raise ``IngestError`` if a queue fails."""
    with reporting(as_json=as_json) as report, ExitStack() as stack:
        report.summary = {"seen": 0, "sent": 0, "unchanged": 0, "cannot": 0, "kept": 0}
        report.summary |= {"dry_run": not options.does_it}
        if options.takes_all and options.where:
            raise InputError("--all and --where contradict each other. Use one of them.")
        wanted = read_filters(options.where)
        session = stack.enter_context(open_session(report, where, environ))
        target = _open_target(session.deployment)
        _check_target(session, target)
        if session.deployment.fault and not options.is_forced and not session.file:
            output.message(
                f"preparation and rule are not compared, because the function's settings are unknown: "
                f"{session.deployment.fault}"
            )
        preparer = stack.enter_context(ChildProcess(session.deployment.environ)) if options.tries else None
        decider = open_decider(session.deployment, is_forced=options.is_forced, preparer=preparer)
        outcomes = Outcomes(report)
        replay = _Replay(session, options, wanted, target, decider, outcomes)
        if options.does_it:
            replay.run(environ)
        else:
            replay.plan()
        outcomes.finish(is_dry_run=not options.does_it)
        return report.code


def _open_target(deployment: Deployment) -> OperatorQueue:
    if not deployment.queue_url:
        raise InputError("the queue to send to is unknown. Set --to-queue-url (or INGEST_QUEUE_URL).")
    return open_queue(deployment.queue_url, deployment.environ)


def _check_target(session: Session, target: OperatorQueue) -> None:
    for name, queue in session.queues.items():
        if queue.url == target.url:
            raise InputError(f"the queue to send to is the queue of the {name} itself: {target.url}")
        if queue.cloud != target.cloud:
            raise InputError(f"{queue.url} and {target.url} are not on the same cloud")


@dataclass(slots=True)
class _Replay:
    session: Session
    options: ReplayOptions
    wanted: Filter
    target: OperatorQueue
    decider: Decider
    outcomes: Outcomes

    @property
    def report(self) -> Report:
        return self.session.report

    @property
    def rate(self) -> int:
        settings = self.session.deployment.settings
        rate = self.options.rate or (max(1, round(own_adds(settings))) if settings else DEFAULT_RATE)
        return min(rate, FASTEST)

    def plan(self) -> None:
        """Show what would be done."""
        with self.session.fold() as folded:
            for line, decision in self._decide(folded):
                self.outcomes.add(line, decision)

    def run(self, environ: Mapping[str, str]) -> None:
        """Do it, one queue after the other."""
        for name, queue in self.session.queues.items():
            if self.session.warn_of_move(name, queue):
                return
        path = self.options.state or default_folder(self.report.run, environ)
        about = {
            "command": "dlq replay",
            "run": self.report.run,
            "where": list(self.options.where),
            "force": self.options.is_forced,
            "deployment": self.session.deployment.describe(),
        }
        with open_run(path, about) as folder:
            output.message(f"journal: {path}")
            sending = Sending(self.report.run, self.target, folder, self.decider, self.outcomes, self.wanted, self.rate)
            try:
                if self.session.file:
                    replay_file(sending, self.session)
                for name, queue in self.session.queues.items():
                    if not self._move(name, queue, folder, sending):
                        replay_queue(sending, name, queue, self.session)
                folder.about["complete"] = not self.session.is_incomplete and self.report.error is None
            finally:
                self.outcomes.count()
                folder.about["counts"] = self.report.summary

    def _move(self, name: str, queue: OperatorQueue, folder: RunFolder, sending: Sending) -> bool:
        """Let SQS move the whole queue, if nothing in it has to stay. Return whether it does so.

        A queue that EventBridge writes to cannot be moved: SQS moves only from a dead-letter queue of another queue.
        """
        if self.options.where or name != "letters":
            return False
        if not isinstance(queue, SqsQueue) or not isinstance(self.target, SqsQueue):
            return False
        if not self.options.is_forced:
            decisions = self._plan_move(name, queue)
            sending.known = decisions
            if not decisions or not all(decision.sends for decision in decisions.values()):
                return False
        total = queue.count().total
        if not total:
            return False
        folder.journal({"action": "move", "from": queue.url, "to": self.target.url, "about": total})
        try:
            handle = start_move(queue, self.target, self.rate)
        except IngestError as error:
            if error.reason.fault_class.may_pass:
                raise
            output.message(f"SQS cannot move them itself ({error.detail}); they are sent one by one")
            return False
        self._follow(name, queue, handle, total)
        return True

    def _plan_move(self, name: str, queue: OperatorQueue) -> dict[str, Decision]:
        """Return the decision for each record of one queue. Nothing is sent if the queue was not read to its end."""
        only = Session(self.report, self.session.deployment, {name: queue}, None)
        decisions: dict[str, Decision] = {}
        with only.fold() as folded:
            for line, decision in self._decide(folded):
                decisions[identity(line)] = decision
        if only.is_incomplete:
            self.session.is_incomplete = True
            return {}
        return decisions

    def _follow(self, name: str, queue: SqsQueue, handle: str, total: int) -> None:
        self.outcomes.moved(total)
        self.report.summary |= {"task": handle, "rate": self.rate}
        self.report.line({"record_id": None, "key": None, "decision": "sent", "why": "SQS moves the whole queue"})
        output.message(f"Messages that SQS moves: about {total}, at {self.rate}/s. Task: {handle}")
        if not self.options.waits:
            return
        task = wait_for_move(queue, lambda now: output.message(f"moved {now.moved} of {now.to_move or total}"))
        if task and task.status != "COMPLETED":
            self._report_end(name, task)
        elif task:
            output.message(f"moved {task.moved}")

    def _report_end(self, name: str, task: MoveTask) -> None:
        why = f": {task.failure}" if task.failure else ""
        self.report.fail(
            ExitCode.FAILED,
            "redrive_failed",
            f"{name}: the redrive ended as {task.status}{why}. It moved about {task.moved} messages.",
        )

    def _decide(self, lines: Iterable[Line]) -> Iterator[tuple[Line, Decision]]:
        """Yield each record with its decision. What the filter leaves out is kept."""
        iterator = iter(lines)
        while some := list(islice(iterator, _AT_ONCE)):
            chosen = [line for line in some if self.wanted(line)]
            self.outcomes.keep(identity(line) for line in some if not self.wanted(line))
            yield from zip(chosen, self._answers(chosen), strict=True)

    def _answers(self, lines: list[Line]) -> list[Decision]:
        if self.session.file:
            return [decide_from_file(line, is_forced=self.options.is_forced) for line in lines]
        return self.decider.decide_all(lines)
