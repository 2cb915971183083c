"""One row without the network: pace, windows, batches, threads and limiter are real, each request is a sleep."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.throughput.accounting import Log
from benchmarks.throughput.fakes import (
    FETCH_SECONDS,
    Bucket,
    FakePreparer,
    Instance,
    Letters,
    Queue,
    Silence,
    pass_time,
)
from benchmarks.throughput.scenarios import (
    OURS,
    TUTORIAL_RECEIVES,
    TUTORIAL_VISIBILITY_SECONDS,
    Scenario,
)
from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.settling import SETTLING_SECONDS, Settler
from imagesearch_ingest.bootstrap.common import ATTEMPT_SECONDS, MAX_OBJECTS, THREADS, SystemClock
from imagesearch_ingest.dead_letters import Origin
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.index_writer import IndexWriter
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import Reconciler

BETWEEN_INVOCATIONS = 0.3  # seconds, in which Lambda gathers the next batch: we have found no number of AWS's own
_VISIBILITY_SECONDS = 1800
_REQUEST_SECONDS = 7.0  # the settings' connect and read timeouts
_MANY = 10**9

Invocation = Callable[[list[str]], None]


def measured(scenario: Scenario, when_ready: Callable[[], None] = lambda: None) -> Log:
    log = Log(uploaded={f"shoes/{number:05}.jpg" for number in range(scenario.backlog)})
    ours = scenario.handler == OURS
    queue = Queue(sorted(log.uploaded), _VISIBILITY_SECONDS if ours else TUTORIAL_VISIBILITY_SECONDS)
    instance, letters = Instance(scenario), Letters()

    def invocation() -> Invocation:
        if ours:
            return _ours(scenario, instance, queue, letters)
        return lambda keys: _tutorial(keys[0], instance, queue, log)

    when_ready()
    stop = time.monotonic() + scenario.most_seconds
    workers = [
        threading.Thread(target=_poll, args=(invocation(), scenario, queue, log, stop)) for _ in range(scenario.workers)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    log.calls = instance.calls
    log.indexed = {key for key in log.uploaded if key in instance.entries}
    log.lettered, log.waiting = letters.keys, queue.left()
    return log


def _poll(invoke: Invocation, scenario: Scenario, queue: Queue, log: Log, stop: float) -> None:
    """One invocation after the other, until nothing is left or the time is up."""
    while time.monotonic() < stop:
        keys = queue.receive(scenario.batch_size)
        if not keys:
            if queue.seconds_until_more() > stop - time.monotonic():
                return
            time.sleep(0.1)
            continue
        log.given_out += keys
        begun = time.time()
        invoke(keys)
        log.invocations.append((begun, time.time()))
        time.sleep(BETWEEN_INVOCATIONS if scenario.handler == OURS else 0)


def _tutorial(key: str, instance: Instance, queue: Queue, log: Log) -> None:
    """One picture; a refusal fails the invocation, and the queue gives the message out again."""
    pass_time(FETCH_SECONDS)
    try:
        upload = instance.upload(b"picture")
        instance.add(
            upload, AddImageRequest(instance_name="demo", product_id=key, pic_name=key, pic_content=b"picture")
        )
    except IngestError:
        if queue.receives[key] >= TUTORIAL_RECEIVES:
            queue.ack(key)
            log.redriven.add(key)
        return
    queue.ack(key)


def _ours(scenario: Scenario, instance: Instance, queue: Queue, letters: Letters) -> Invocation:
    """A worker as ``bootstrap.common`` puts it together, over the fakes."""
    clock, rng, share = SystemClock(), random.Random(), scenario.quota / scenario.workers
    retry = Retrier(clock, rng, _REQUEST_SECONDS)
    reconciler = Reconciler(
        reader=BucketReader(Bucket(), retry, _MANY),
        preparer=Preparer(isolated=FakePreparer()),
        writer=IndexWriter(
            index=instance,
            retry=retry,
            clock=clock,
            instance_name="demo",
            add_limiter=RateLimiter(clock, rng, share, workers=scenario.workers),
            delete_limiter=RateLimiter(clock, rng, share, workers=scenario.workers),
        ),
        clock=clock,
    )
    batch = Batch(
        reconciler=reconciler,
        settler=Settler(
            queue=queue,
            dead_letters=letters,
            reporter=Silence(),
            retry=retry,
            clock=clock,
            rng=rng,
            origin=Origin("demo", "ap-southeast-1", "ingest", "1", "simulated"),
        ),
        executor=ThreadPoolExecutor(THREADS),
        attempt_seconds=ATTEMPT_SECONDS,
        concurrency=ConcurrencyLimit(share, MAX_OBJECTS, _MANY),
        first_isolated_receive=0,  # all pictures are prepared by the fake
    )

    def invoke(keys: list[str]) -> None:
        deadline = Deadline.after(clock, scenario.timeout_seconds - SETTLING_SECONDS)
        batch.run([_record(key, queue.receives[key]) for key in keys], deadline)

    return invoke


def _record(key: str, receive_count: int) -> EventRecord:
    change = ObjectChange(ObjectRef("aws", "pictures", key), ChangeKind.CREATED, "ObjectCreated:Put", key)
    return EventRecord(key, key, receive_count, "{}", (change,))
