"""A world of a bucket, a queue, workers and an instance, made from a seed and run until nothing is left to do."""

import random

from imagesearch_ingest.model.objects import ObjectRef
from tests.chaos.bucket import Bucket, Change
from tests.chaos.calls import Calls
from tests.chaos.deliveries import Deliveries
from tests.chaos.event_source import EventSourceMapping
from tests.chaos.event_stream import Stream, StreamState
from tests.chaos.events import oss_message, s3_notification
from tests.chaos.fault_schedule import draw_full_period, draw_schedule
from tests.chaos.instance import LimitedIndex, Quota
from tests.chaos.journal import Journal
from tests.chaos.ledger import Ledger
from tests.chaos.operator import Operator
from tests.chaos.rng import FaultRng
from tests.chaos.setup import WORKERS, Setup
from tests.chaos.timeline import Timeline
from tests.chaos.uploaders import HOUR, Uploaders
from tests.chaos.worker import a_settings, fc_worker, lambda_worker, some_ports
from tests.chaos.worker_slot import WorkerSlot
from tests.support.fakes import FakeEventQueue, FakeRetryQueue
from tests.support.queues import DAY

_LAST_SECOND = 60 * DAY
_MANY_COMPLAINTS = 1000  # a bug may hand back every record for 60 days
_MAX_SHOWN = 20  # complaints in the message of a failed run
_KILL_SHARE = 0.01  # killed workers for each call that fails
_LOST_DELETE_SHARE = 0.1  # lost deletes of the event source for each call that fails


class World:
    """One simulation."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        rng = self.rng = random.Random(f"{setup.cloud} {setup.seed}")
        self.timeline = Timeline()
        self.journal = Journal(self.timeline, keep=setup.keep_lines, quiet=setup.quiet)
        self.deliveries = Deliveries(setup.cloud, self.timeline)
        self.aws = setup.cloud == "aws"
        versioned = rng.random() < 0.5
        self.bucket = Bucket("shop", self.timeline, self._announce, versioned, upper_case_etags=not self.aws)
        self.uploaders = Uploaders(self.timeline, random.Random(rng.random()), self.bucket, self._send, setup.pattern)
        schedule, kill_rate = draw_schedule(rng, setup), setup.faults * _KILL_SHARE
        self.faults = FaultRng(rng, setup.faults, setup.last_fault, schedule, kill_rate=kill_rate)
        quotas = (Quota(self.timeline, setup.adds_per_second), Quota(self.timeline, 2 * setup.adds_per_second))
        self._full = draw_full_period(rng, setup)
        self.instance = LimitedIndex(self.bucket, *quotas, capacity=self._capacity)
        self.ledger = Ledger(self.timeline, self.bucket, self.instance, self.journal, self.deliveries)
        self.sqs = FakeEventQueue(lambda: self.timeline.now, rng)
        self.smq = FakeRetryQueue(lambda: self.timeline.now, rng, keeps_sent=False)
        self.queue = self.sqs if self.aws else self.smq
        self.stream = StreamState()
        self.operator = self._operator()
        self.ledger.when_written = self.operator.see
        self.decoded = rng.random() < 0.5
        self.batch_size = setup.batch_size or rng.choice((10, 50, 250))
        self.sources = [self._source(number) for number in range(WORKERS)]

    def run(self) -> Ledger:
        """Run the world, check it, and return its ledger."""
        keys = self.uploaders.plan(self.setup.objects)
        self.operator.announce_some([ObjectRef(self.setup.cloud, self.bucket.name, key) for key in keys])
        if not self.aws:
            self.timeline.at(self.faults.ends + HOUR, self._start_stream)
        for source in self.sources:
            self.timeline.start(source.run)
        self.timeline.run()
        for message in (*self.queue.redriven, *self.queue.expired):
            self.ledger.complain(message.message_id, "given up by its queue")
        if not self._is_settled():
            self.ledger.complain("", f"{self.queue.size} messages are still in the queue")
        self.ledger.balance()
        return self.ledger

    def summary(self) -> str:
        """Return one line about the run."""
        slots = [source.slot for source in self.sources]
        facts = {
            "seed": self.setup.seed,
            "cloud": self.setup.cloud,
            "objects": len(self.bucket.history),
            "in_index": len(self.instance.entries),
            "dead_letters": len(self.ledger.record_ids),
            "letters_written": len(self.ledger.letters),
            "put_back": sum(letter.replay is not None and letter.replay.count > 0 for letter in self.ledger.letters),
            "adds": self.instance.added,
            "faults": self.journal.counts.total(),
            "killed": sum(slot.kills for slot in slots),
            "invocations": sum(slot.invocations for slot in slots),
            "hours": f"{self.timeline.now / HOUR:.1f}",
            "trace": self.journal.digest[:12],
        }
        verdict = f"NOT BALANCED: {len(self.ledger.complaints)}" if self.ledger.complaints else "balanced"
        return " ".join(f"{name}={value}" for name, value in facts.items()) + f" {verdict}"

    def check(self) -> None:
        """Raise ``AssertionError`` with the ledger's complaints and the command that repeats the run."""
        complaints = self.ledger.complaints
        assert not complaints, "\n".join([self.setup.command, *complaints[:_MAX_SHOWN]])

    def _is_settled(self) -> bool:
        return not self.uploaders.outstanding and not self.queue.size

    def _is_over(self) -> bool:
        is_hopeless = len(self.ledger.complaints) > _MANY_COMPLAINTS
        return self._is_settled() or self.timeline.now > _LAST_SECOND or is_hopeless

    def _expects_changes(self) -> bool:
        return self.uploaders.outstanding > 0

    def _start_stream(self) -> None:
        """Start the stream once an hour, as a person does who looks after it."""
        self.stream.start()
        if not self._is_over():
            self.timeline.at(self.timeline.now + HOUR, self._start_stream)

    def _announce(self, change: Change) -> None:
        self.journal.note(change.action, change.key, change.serial)
        self.uploaders.announce(change)

    def _send(self, changes: list[Change]) -> None:
        write = s3_notification if self.aws else oss_message
        self.queue.send(write(self.bucket.name, changes, lambda at: self.timeline.date(at).isoformat()))

    def _operator(self) -> Operator:
        """Return an operator who works while there may be faults; only in a world whose uploads are drawn."""
        pattern, works_until = self.setup.pattern, self.setup.last_fault if self.setup.objects else 0.0
        rng, queue = random.Random(self.rng.random()), self.queue
        return Operator(
            self.timeline,
            rng,
            self.uploaders.after,
            queue.send,
            pattern.put_back,
            pattern.announced_by_hand,
            works_until,
        )

    def _source(self, number: int) -> EventSourceMapping | Stream:
        setup = self.setup
        calls = Calls(setup.cloud, self.timeline, self.faults, self.uploaders, self.journal, setup.slowness)
        slot = WorkerSlot(
            f"w{number}",
            calls,
            self.deliveries,
            is_over=self._is_over,
            expects_changes=self._expects_changes,
            batch_size=self.batch_size,
            window_seconds=setup.window_seconds,
            invocation_seconds=setup.timeout,
        )
        settings = a_settings(setup)
        ports = some_ports(calls, self.instance, self.ledger, random.Random(self.rng.random()))
        if self.aws:
            return EventSourceMapping(
                slot, self.sqs, lambda: lambda_worker(settings, ports, self.sqs, calls), self._loses_delete
            )
        return Stream(slot, self.smq, lambda: fc_worker(settings, ports, self.smq, calls), self.stream, self.decoded)

    def _loses_delete(self) -> bool:
        return self.timeline.now < self.faults.ends and self.rng.random() < self.setup.faults * _LOST_DELETE_SHARE

    def _capacity(self) -> float:
        begins, ends, most = self._full
        return most if begins <= self.timeline.now < ends else float("inf")


def simulate(setup: Setup) -> World:
    """Return a finished world. Raise ``AssertionError`` if its ledger does not balance."""
    world = World(setup)
    world.run()
    world.check()
    return world
