"""The real workers, connected by the production code. Only the ports, the clock and the executor are simulated."""

import random
from dataclasses import replace

from imagesearch_ingest.adapters.alibaba.oss_codes import EXPIRED_TOKEN_CODES
from imagesearch_ingest.batch.redelivery import SMQ_RETENTION
from imagesearch_ingest.bootstrap.common import MEGABYTE, Deployment, Ports, build_batch, cloud_retrier
from imagesearch_ingest.credentials import EnvironmentCredentials, InvocationCredentials
from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker
from imagesearch_ingest.settings import Settings
from tests.chaos.calls import Calls, WorkerClock
from tests.chaos.instance import LimitedIndex
from tests.chaos.ledger import EXCLUDED, Ledger
from tests.chaos.payloads import MAX_BYTES, prepare_in_child
from tests.chaos.ports import CheckedDeadLetters, WatchedIndex, WatchedStore
from tests.chaos.reporter import LedgerReporter
from tests.chaos.setup import WORKERS, Setup
from tests.support.fakes import FakeEventQueue, FakeIsolatedPreparer, FakeRetryQueue, InlineExecutor
from tests.support.intercepted import (
    InterceptedDeadLetters,
    InterceptedEventQueue,
    InterceptedIndex,
    InterceptedRetryQueue,
    InterceptedStore,
)

LAMBDA = Deployment("ingest", "7")
FUNCTION_COMPUTE = replace(LAMBDA, retention=SMQ_RETENTION)


def a_settings(setup: Setup) -> Settings:
    """Return the settings of all workers. The timeouts are the defaults, which ``faults`` relies on."""
    return Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        dead_letter_queue_url="https://queues.example/dead",
        bucket="shop",
        adds_per_second=setup.adds_per_second,
        deletes_per_second=2 * setup.adds_per_second,
        max_concurrency=WORKERS,
        max_source_megabytes=MAX_BYTES / MEGABYTE,
        exclude=(f"{EXCLUDED}*",),
    )


def some_ports(calls: Calls, index: LimitedIndex, ledger: Ledger, rng: random.Random) -> Ports:
    """Return the ports of one worker, without a queue."""
    store = WatchedStore(InterceptedStore(ledger.bucket.store, calls), calls)
    return Ports(
        store=store,
        index=WatchedIndex(InterceptedIndex(index, calls), store, ledger),
        isolated=FakeIsolatedPreparer(prepare_in_child),
        queue=None,
        dead_letters=InterceptedDeadLetters(CheckedDeadLetters(ledger.dead_letters, ledger), calls),
        reporter=LedgerReporter(ledger),
        clock=WorkerClock(calls),
        rng=rng,
        executor=InlineExecutor(),
    )


def lambda_worker(settings: Settings, ports: Ports, queue: FakeEventQueue, calls: Calls) -> LambdaWorker:
    ports = replace(ports, queue=InterceptedEventQueue(queue, calls))
    return LambdaWorker(build_batch(settings, ports, LAMBDA), ports.clock)


def fc_worker(settings: Settings, ports: Ports, queue: FakeRetryQueue, calls: Calls) -> FcWorker:
    return FcWorker(
        batch=build_batch(settings, ports, FUNCTION_COMPUTE),
        queue=InterceptedRetryQueue(queue, calls),
        clock=ports.clock,
        retry=cloud_retrier(settings, ports),
        executor=ports.executor,
        credentials=InvocationCredentials(EnvironmentCredentials({})),
        expired_token_codes=EXPIRED_TOKEN_CODES,
    )
