"""The real workers, as ``bootstrap`` makes them but for the ports, the clock, and an executor that is no thread's."""

import random
from dataclasses import dataclass

from imagesearch_ingest.adapters.alibaba.oss_codes import EXPIRED_TOKEN_CODES
from imagesearch_ingest.batch.batch import FIRST_ISOLATED_RECEIVE, Batch
from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.ports import Reporter
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.bootstrap.common import ATTEMPT_SECONDS, MAX_OBJECTS, MAX_SOURCE_BYTES
from imagesearch_ingest.credentials import EnvironmentCredentials, InvocationCredentials
from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.index_writer import IndexWriter
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import Reconciler
from tests.chaos.calls import WorkerClock
from tests.chaos.faults import CLOUD_STALL_SECONDS, STALL_SECONDS
from tests.chaos.ledger import EXCLUDED
from tests.chaos.payloads import MOST_BYTES
from tests.chaos.ports import DeadLetters, EventQueue, Index, RetryQueue, Store
from tests.chaos.preparing import Apart
from tests.support.fakes import ORIGIN, InlineExecutor


@dataclass(frozen=True, slots=True)
class Share:
    """Of the instance's rates, one worker's; ``workers`` have as much."""

    adds: float
    deletes: float
    workers: int


@dataclass(frozen=True, slots=True)
class Ports:
    store: Store
    index: Index
    letters: DeadLetters
    reporter: Reporter


def lambda_worker(ports: Ports, queue: EventQueue, share: Share, rng: random.Random) -> LambdaWorker:
    batch = _batch(ports, share, rng, queue=queue, first_isolated_receive=FIRST_ISOLATED_RECEIVE)
    return LambdaWorker(batch, batch.settler.clock)


def fc_worker(ports: Ports, queue: RetryQueue, share: Share, rng: random.Random) -> FcWorker:
    batch = _batch(ports, share, rng, queue=None, first_isolated_receive=1)
    return FcWorker(
        batch=batch,
        queue=queue,
        clock=batch.settler.clock,
        retry=batch.settler.retry,
        executor=batch.executor,
        credentials=InvocationCredentials(EnvironmentCredentials({})),
        expired_token_codes=EXPIRED_TOKEN_CODES,
    )


def _batch(
    ports: Ports, share: Share, rng: random.Random, *, queue: EventQueue | None, first_isolated_receive: int
) -> Batch:
    clock = WorkerClock(ports.store.calls)
    retry, retry_cloud = (Retrier(clock, rng, seconds) for seconds in (STALL_SECONDS, CLOUD_STALL_SECONDS))
    reconciler = Reconciler(
        reader=BucketReader(ports.store, retry_cloud, MOST_BYTES),
        preparer=Preparer(isolated=Apart()),
        writer=IndexWriter(
            index=ports.index,
            retry=retry,
            clock=clock,
            instance_name="demo",
            add_limiter=RateLimiter(clock, rng, share.adds, workers=share.workers),
            delete_limiter=RateLimiter(clock, rng, share.deletes, workers=share.workers),
        ),
        clock=clock,
        rule=IdentityRule.from_settings(exclude=(f"{EXCLUDED}*",)),
        bucket=ports.store.bucket.name,
    )
    return Batch(
        reconciler=reconciler,
        settler=Settler(
            queue=queue,
            dead_letters=ports.letters,
            reporter=ports.reporter,
            retry=retry_cloud,
            clock=clock,
            rng=rng,
            origin=ORIGIN,
        ),
        executor=InlineExecutor(),
        attempt_seconds=ATTEMPT_SECONDS,
        concurrency=ConcurrencyLimit(share.adds, MAX_OBJECTS, MAX_SOURCE_BYTES),
        first_isolated_receive=first_isolated_receive,
    )
