"""Send records to the ingest queue, in an order that loses none: journal, send, and only then delete."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from imagesearch_ops import output
from imagesearch_ops.dlq.decisions import Answer, Decider, Decision, decide_from_file
from imagesearch_ops.dlq.filters import Filter
from imagesearch_ops.dlq.letters import Line, identity, key, message_for_queue, read_message, replays, to_announce
from imagesearch_ops.dlq.outcomes import Outcomes
from imagesearch_ops.dlq.reading import SHORTEST_HIDE_SECONDS, Reader
from imagesearch_ops.dlq.session import Session
from imagesearch_ops.progress import tracking
from imagesearch_ops.queues import Message, OperatorQueue
from imagesearch_ops.run_folder import RunFolder

_AT_ONCE = 10  # messages of one request
_FAST = 50  # sent per second; below that one request at a time reads ahead far enough


@dataclass(slots=True)
class _Record:
    """One record, with all its messages that are at hand."""

    line: Line
    messages: list[Message]


@dataclass(slots=True)
class Sending:
    """The state of one replay. ``known`` are decisions that were taken before."""

    run: str
    target: OperatorQueue
    folder: RunFolder
    decider: Decider
    outcomes: Outcomes
    wanted: Filter
    rate: int
    known: dict[str, Decision] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    _taken: dict[str, bool] = field(default_factory=dict)  # records that were met, and whether they were sent
    _replays: dict[str, int] = field(default_factory=dict)  # of each record that was sent
    _next_at: float = 0.0

    def is_sent(self, name: str) -> bool | None:
        """Return whether the record was sent, or ``None`` if it was not met yet."""
        return self._taken.get(name)

    def is_answer(self, line: Line) -> bool:
        """Return whether the function wrote the letter about a message of this replay. It is new, and must stay.

        It has the ID of the record that was sent, if the object failed in the same way. It names the run, unless the
        message was sent as it was.
        """
        if line.get("run") == self.run:
            return True
        sent = self._replays.get(identity(line))
        return sent is not None and to_announce(line) is None and replays(line) > sent

    def decide(self, lines: list[Line]) -> list[Decision]:
        """Return the decisions, asking only about what is not known."""
        names = [identity(line) for line in lines]
        unknown = [line for name, line in zip(names, lines, strict=True) if name not in self.known]
        fresh = iter(self.decider.decide_all(unknown) if unknown else [])
        return [self.known[name] if name in self.known else next(fresh) for name in names]

    def refuse(self, line: Line, decision: Decision) -> None:
        """Leave a record where it is."""
        self._taken[identity(line)] = False
        self.outcomes.add(line, decision)

    def send(self, records: Sequence[tuple[Line, Decision, str | None]]) -> list[bool]:
        """Send records with their messages' bodies, at the rate. Return for each whether the queue has accepted it."""
        self._wait_for_turn(len(records))
        self.folder.journal(*(self._note(line, decision) for line, decision, _ in records))
        bodies = [message_for_queue(line, body, self.run) for line, _, body in records]
        errors = self.target.send(bodies)
        for (line, decision, _), error in zip(records, errors, strict=True):
            self._taken[identity(line)] = error is None
            if error is None:
                self._replays[identity(line)] = replays(line)
            if error:
                decision = Decision(Answer.CANNOT, f"the queue did not accept it: {error.detail}")  # noqa: PLW2901
            self.outcomes.add(line, decision)
        return [error is None for error in errors]

    def _note(self, line: Line, decision: Decision) -> dict[str, object]:
        return {
            "action": "send",
            "record_id": line.get("record_id"),
            "message_id": line.get("message_id"),
            "key": key(line) or None,
            "decision": decision.text,
            "why": decision.why,
        }

    def _wait_for_turn(self, messages: int) -> None:
        now = time.monotonic()
        if self._next_at > now:
            self.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + messages / self.rate

    @property
    def at_once(self) -> int:
        """Return how many messages are sent together: not more than one second's."""
        return max(1, min(_AT_ONCE, self.rate))


def replay_file(sending: Sending, session: Session) -> None:
    """Send the records of a file, each once. Nothing is deleted."""
    with session.fold() as folded:
        waiting: list[tuple[Line, Decision, str | None]] = []
        for line in folded:
            if not sending.wanted(line):
                sending.outcomes.keep([identity(line)])
                continue
            decision = decide_from_file(line, is_forced=sending.decider.is_forced)
            if not decision.sends:
                sending.refuse(line, decision)
                continue
            waiting.append((line, decision, None))
            if len(waiting) == sending.at_once:
                sending.send(waiting)
                waiting = []
        if waiting:
            sending.send(waiting)


def replay_queue(sending: Sending, name: str, queue: OperatorQueue, session: Session) -> None:
    """Read a queue once. Send what matches and can end in another way, and delete its messages after that.

    A short time in which messages stay hidden lets another run go on soon if this one is killed.
    """
    threads = 1 if sending.rate < _FAST else 8
    reader = Reader(queue, hide_seconds=SHORTEST_HIDE_SECONDS, threads=threads)
    # JSON lines on the same terminal leave no line for the bar.
    has_line = not (session.report.as_json and output.is_data_shown())
    with closing(reader.batches()) as batches, tracking(f"replaying {name}", shown=has_line) as tracker:
        for batch in batches:
            _replay_batch(sending, name, reader, batch)
            tracker.update(reader.seen, total=max(reader.expected, reader.seen))
    session.check_complete(name, reader)


def _replay_batch(sending: Sending, name: str, reader: Reader, batch: list[Message]) -> None:
    chosen = _choose(sending, name, reader, batch)
    ready: list[tuple[_Record, Decision]] = []
    for record, decision in zip(chosen, sending.decide([one.line for one in chosen]), strict=True):
        if decision.sends:
            ready.append((record, decision))
        else:
            sending.refuse(record.line, decision)
    for start in range(0, len(ready), sending.at_once):
        _send_some(sending, reader, ready[start : start + sending.at_once])


def _choose(sending: Sending, name: str, reader: Reader, batch: list[Message]) -> list[_Record]:
    """Return the records that were not met before and match. Delete further messages of a record that was sent."""
    records: dict[str, _Record] = {}
    finished: list[Message] = []
    for message in batch:
        line = read_message(message, name, reader.queue.cloud)
        own = identity(line)
        if sending.is_answer(line):
            reader.discount()
            continue
        if own in records:
            records[own].messages.append(message)
        elif sending.is_sent(own):
            finished.append(message)
        elif sending.is_sent(own) is None and sending.wanted(line):
            records[own] = _Record(line, [message])
        elif sending.is_sent(own) is None:
            sending.outcomes.keep([own])
    if finished:
        reader.done_all(finished)
    return list(records.values())


def _send_some(sending: Sending, reader: Reader, some: Sequence[tuple[_Record, Decision]]) -> None:
    reader.keep_hidden()
    accepted = sending.send([(record.line, decision, record.messages[0].body) for record, decision in some])
    done = [message for (record, _), yes in zip(some, accepted, strict=True) if yes for message in record.messages]
    if done:
        reader.done_all(done)
