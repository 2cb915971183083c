"""A world of a bucket, a queue, workers and an instance, put together by a seed, and run until nothing is left."""

import random
from unittest.mock import patch

from imagesearch_ingest.reconcile import preparer
from tests.chaos.bucket import Bucket, Change
from tests.chaos.calls import Calls
from tests.chaos.event_source import EventSourceMapping
from tests.chaos.event_stream import Stream, StreamState
from tests.chaos.events import oss_notification, s3_notification
from tests.chaos.fault_schedule import full_times, weather_of
from tests.chaos.instance import Instance, Quota
from tests.chaos.journal import Journal
from tests.chaos.ledger import Ledger
from tests.chaos.ports import DeadLetters, EventQueue, Index, RetryQueue, Store
from tests.chaos.preparing import prepared_here
from tests.chaos.reporter import Told
from tests.chaos.rng import Chance
from tests.chaos.setup import WORKERS, Setup
from tests.chaos.smq import Smq
from tests.chaos.sqs import DAY, Sqs
from tests.chaos.timeline import Timeline
from tests.chaos.uploaders import HOUR, People
from tests.chaos.worker import Ports, Share, fc_worker, lambda_worker
from tests.chaos.worker_slot import Lane

_TOO_LATE = 60 * DAY
_MOST_TOLD = 20
_KILLS = 0.01  # for each fault


class World:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        rng = self.rng = random.Random(f"{setup.cloud} {setup.seed}")
        self.timeline = Timeline()
        self.journal = Journal(self.timeline, keep=setup.keep_lines, quiet=setup.quiet)
        self.aws = setup.cloud == "aws"
        versioned = rng.random() < 0.5
        self.bucket = Bucket("shop", self.timeline, self._announce, versioned, upper_case_etags=not self.aws)
        self.people = People(self.timeline, random.Random(rng.random()), self.bucket, self._send, setup.habits)
        weather, kills = weather_of(rng, setup), setup.faults * _KILLS
        self.chance = Chance(rng, setup.faults, setup.last_fault, weather, kill_rate=kills)
        quotas = (Quota(self.timeline, setup.adds_per_second), Quota(self.timeline, 2 * setup.adds_per_second))
        self._full = full_times(rng, setup)
        self.instance = Instance(self.bucket, *quotas, capacity=self._capacity)
        self.ledger = Ledger(self.timeline, self.bucket, self.instance, self.journal)
        self.sqs, self.smq = Sqs(self.timeline, rng), Smq(self.timeline, rng)
        self.queue = self.sqs if self.aws else self.smq
        self.stream = StreamState()
        self.decoded = rng.random() < 0.5
        self.batch_size = setup.batch_size or rng.choice((10, 50, 250))
        self.lanes = [self._lane(number) for number in range(WORKERS)]

    def run(self) -> Ledger:
        self.people.plan(self.setup.objects)
        if not self.aws:
            self.timeline.at(self.chance.ends + HOUR, self._start_stream)
        for lane in self.lanes:
            self.timeline.start(lane.live)
        with patch.object(preparer, "prepare", prepared_here):
            self.timeline.run()
        for message in (*self.sqs.redriven, *self.sqs.expired, *self.smq.expired):
            self.ledger.complain(message.message_id, "given up by its queue")
        if not self._is_settled():
            self.ledger.complain("", f"{len(self.queue)} messages are still in the queue")
        self.ledger.balance()
        return self.ledger

    def summary(self) -> str:
        """In a line."""
        lanes = [lane.lane for lane in self.lanes]
        facts = {
            "seed": self.setup.seed,
            "cloud": self.setup.cloud,
            "objects": len(self.bucket.history),
            "in_index": len(self.instance.entries),
            "dead_letters": len(self.ledger.record_ids),
            "letters_written": len(self.ledger.letters),
            "adds": self.instance.added,
            "faults": self.journal.counts.total(),
            "killed": sum(lane.kills for lane in lanes),
            "invocations": sum(lane.invocations for lane in lanes),
            "hours": f"{self.timeline.now / HOUR:.1f}",
            "trace": self.journal.digest[:12],
        }
        verdict = f"NOT BALANCED: {len(self.ledger.complaints)}" if self.ledger.complaints else "balanced"
        return " ".join(f"{name}={value}" for name, value in facts.items()) + f" {verdict}"

    def check(self) -> None:
        complaints = self.ledger.complaints
        assert not complaints, "\n".join([self.setup.command, *complaints[:_MOST_TOLD]])

    def _is_settled(self) -> bool:
        return not self.people.outstanding and not len(self.queue)

    def _is_over(self) -> bool:
        return self._is_settled() or self.timeline.now > _TOO_LATE

    def _expects(self) -> bool:
        return self.people.outstanding > 0

    def _start_stream(self) -> None:
        """A person looks after it once an hour."""
        self.stream.start()
        if not self._is_over():
            self.timeline.at(self.timeline.now + HOUR, self._start_stream)

    def _announce(self, change: Change) -> None:
        self.journal.note(change.act, change.key, change.serial)
        self.people.announce(change)

    def _send(self, changes: list[Change]) -> None:
        write = s3_notification if self.aws else oss_notification
        self.queue.send(write(self.bucket.name, changes, lambda at: self.timeline.date(at).isoformat()))

    def _lane(self, number: int) -> EventSourceMapping | Stream:
        setup = self.setup
        calls = Calls(self.timeline, self.chance, self.people, self.journal, self.setup.slowness)
        lane = Lane(
            f"w{number}",
            calls,
            is_over=self._is_over,
            expects=self._expects,
            batch_size=self.batch_size,
            window_seconds=setup.window_seconds,
            invocation_seconds=setup.timeout,
        )
        store = Store(calls, self.bucket)
        ports = Ports(
            store, Index(calls, self.instance, store, self.ledger), DeadLetters(calls, self.ledger), Told(self.ledger)
        )
        rng, adds = random.Random(self.rng.random()), setup.adds_per_second / WORKERS
        share = Share(adds, 2 * adds, WORKERS)
        if self.aws:
            queue = EventQueue(calls, self.sqs)
            return EventSourceMapping(lane, self.sqs, lambda: lambda_worker(ports, queue, share, rng), self._loses)
        again = RetryQueue(calls, self.smq)
        return Stream(lane, self.smq, lambda: fc_worker(ports, again, share, rng), self.stream, self.decoded)

    def _loses(self) -> bool:
        return self.timeline.now < self.chance.ends and self.rng.random() < self.setup.faults * 0.1

    def _capacity(self) -> float:
        begins, ends, most = self._full
        return most if begins <= self.timeline.now < ends else float("inf")


def simulate(setup: Setup) -> World:
    """Raises ``AssertionError`` with the command that shows it again, when the ledger does not balance."""
    world = World(setup)
    world.run()
    world.check()
    return world
