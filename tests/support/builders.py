"""The journey and its batch over whatever a test has in the place of the cloud, without a quota unless it wants one."""

import math
import random
from dataclasses import fields

from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.concurrency import ConcurrencyLimit
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from imagesearch_ingest.reconcile.index_writer import IndexWriter
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import Reconciler
from tests.support.fakes import ORIGIN, InlineExecutor, VirtualClock

NO_QUOTA = math.inf


def a_reconciler(store: object, index: object, clock: VirtualClock, **options: object) -> Reconciler:
    """``options`` are any of ``Reconciler``'s fields, ``max_source_bytes``, or ``isolated``."""
    rng, retry = random.Random(3), Retrier(clock, random.Random(1), request_seconds=1.0)
    parts = {
        "reader": BucketReader(store, retry, options.pop("max_source_bytes", 1_000_000)),
        "preparer": Preparer(isolated=options.pop("isolated", None)),
        "writer": IndexWriter(
            index=index,
            retry=retry,
            clock=clock,
            instance_name="demo",
            add_limiter=RateLimiter(clock, rng, NO_QUOTA),
            delete_limiter=RateLimiter(clock, rng, NO_QUOTA),
        ),
    }
    return Reconciler(clock=clock, **parts | options)


def a_batch(reconciler: Reconciler, **options: object) -> Batch:
    """``options`` are any of ``Batch``'s fields, or of its settler's, whose queues and reporter have no default."""
    of_settler = {
        "retry": reconciler.reader.retry,
        "clock": reconciler.clock,
        "rng": random.Random(2),
        "origin": ORIGIN,
    }
    of_batch = {
        "executor": InlineExecutor(),
        "attempt_seconds": 5.0,
        "concurrency": ConcurrencyLimit(1.0, max=100, max_bytes=10**9),
    }
    names = {one.name for one in fields(Settler)}
    settler = Settler(**of_settler | {name: value for name, value in options.items() if name in names})
    of_batch |= {name: value for name, value in options.items() if name not in names}
    return Batch(reconciler=reconciler, settler=settler, **of_batch)
