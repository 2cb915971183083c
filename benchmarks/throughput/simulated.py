"""One row without the network: the worker, its threads and the limiter are real, and each request is a sleep."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from benchmarks.throughput.accounting import Log
from benchmarks.throughput.latency import Latency, RateLimitedIndex, prepare_slowly
from benchmarks.throughput.scenarios import OURS, TUTORIAL_RECEIVES, TUTORIAL_VISIBILITY_SECONDS, Scenario
from imagesearch_ingest.batch.settling import SETTLING_SECONDS
from imagesearch_ingest.bootstrap.common import THREADS, Deployment, Ports, SystemClock, build_batch
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.settings import Settings
from tests.support.fakes import (
    FakeDeadLetterQueue,
    FakeEventQueue,
    FakeIsolatedPreparer,
    FakeObjectStore,
    FakeReporter,
    InlineExecutor,
)
from tests.support.intercepted import (
    InterceptedDeadLetters,
    InterceptedEventQueue,
    InterceptedIndex,
    InterceptedStore,
)
from tests.support.queues import FakeMessage, QueueLimits

BETWEEN_INVOCATIONS = 0.3  # seconds, in which Lambda gathers the next batch; AWS documents no number
_BUCKET = "pictures"
_VISIBILITY_SECONDS = 1800

Invocation = Callable[[list[FakeMessage]], None]


class Services:
    """The services of one row, which all its workers share."""

    def __init__(self, scenario: Scenario, keys: set[str]) -> None:
        is_ours = scenario.handler == OURS
        visibility_seconds = _VISIBILITY_SECONDS if is_ours else TUTORIAL_VISIBILITY_SECONDS
        self.queue = FakeEventQueue(time.monotonic, limits=QueueLimits(visibility_seconds))
        self.instance = RateLimitedIndex(scenario)
        self.dead_letters = FakeDeadLetterQueue()
        latency, objects = Latency(scenario.latencies), FakeObjectStore()
        for key in sorted(keys):
            objects.put(_BUCKET, key, b"picture")
            self.queue.send(key)
        self.ports = Ports(
            store=InterceptedStore(objects, latency),
            index=InterceptedIndex(self.instance, latency),
            isolated=FakeIsolatedPreparer(prepare_slowly),
            queue=InterceptedEventQueue(self.queue, latency),
            dead_letters=InterceptedDeadLetters(self.dead_letters, latency),
            reporter=FakeReporter(),
            clock=SystemClock(),
            rng=random.Random(),
            executor=InlineExecutor(),
        )


def measure(scenario: Scenario, when_ready: Callable[[], None] = lambda: None) -> Log:
    """Run the row and return its log. Call ``when_ready`` before the clock starts."""
    log = Log(uploaded={f"shoes/{number:05}.jpg" for number in range(scenario.backlog)})
    services = Services(scenario, log.uploaded)

    def new_worker() -> Invocation:
        if scenario.handler == OURS:
            return _our_worker(scenario, services)
        return lambda messages: _run_tutorial(messages[0], services, log)

    when_ready()
    stop = time.monotonic() + scenario.most_seconds
    workers = [
        threading.Thread(target=_poll, args=(new_worker(), scenario, services.queue, log, stop))
        for _ in range(scenario.workers)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    log.calls = services.instance.calls
    log.indexed = log.uploaded & services.instance.pic_names
    log.lettered = {letter.source.key for letter in services.dead_letters.letters if letter.source}
    log.waiting = set(services.queue.bodies())
    return log


def _poll(invoke: Invocation, scenario: Scenario, queue: FakeEventQueue, log: Log, stop: float) -> None:
    """Invoke one batch after the other, until nothing is left or the time is up."""
    while time.monotonic() < stop:
        messages = queue.receive(scenario.batch_size)
        if not messages:
            if queue.seconds_until_visible() > stop - time.monotonic():
                return
            time.sleep(0.1)
            continue
        log.given_out += [message.message_id for message in messages]
        begun = time.time()
        invoke(messages)
        log.invocations.append((begun, time.time()))
        time.sleep(BETWEEN_INVOCATIONS if scenario.handler == OURS else 0)


def _run_tutorial(message: FakeMessage, services: Services, log: Log) -> None:
    """Add one picture. A refusal fails the invocation, and the message comes back."""
    key, ports = message.body, services.ports
    source = ports.store.fetch(ObjectRef("aws", _BUCKET, key), 1_000_000)
    image = source.data if source else b""
    try:
        request = AddImageRequest(instance_name="demo", product_id=key, pic_name=key, pic_content=image)
        ports.index.add(ports.index.upload(image), request)
    except IngestError:
        if message.receives >= TUTORIAL_RECEIVES:
            services.queue.delete(message.receipt)
            log.redriven.add(key)
        return
    services.queue.delete(message.receipt)


def _our_worker(scenario: Scenario, services: Services) -> Invocation:
    """Return a worker that the production code has connected, with threads of its own."""
    settings = Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        dead_letter_queue_url="https://queues.example/dead",
        adds_per_second=scenario.quota,
        max_concurrency=scenario.workers,
    )
    ports = replace(services.ports, executor=ThreadPoolExecutor(THREADS))
    batch = build_batch(settings, ports, Deployment("ingest", "1"))

    def invoke(messages: list[FakeMessage]) -> None:
        deadline = Deadline.after(ports.clock, scenario.timeout_seconds - SETTLING_SECONDS)
        batch.run([_record(message) for message in messages], deadline)

    return invoke


def _record(message: FakeMessage) -> EventRecord:
    key = message.body
    change = ObjectChange(ObjectRef("aws", _BUCKET, key), ChangeKind.CREATED, "ObjectCreated:Put", key)
    return EventRecord(message.message_id, message.receipt, message.receives, "{}", (change,))
