"""Reconcilers and batches over any ports, connected by the production code, without a quota unless a test sets one."""

import math
import random
from dataclasses import fields, replace

from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.bootstrap.common import MEGABYTE, Deployment, Ports, build_batch
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.reconcile.reconciler import Reconciler
from imagesearch_ingest.settings import Settings
from tests.support.fakes import (
    ORIGIN,
    FakeDeadLetterQueue,
    FakeEventQueue,
    FakeImageIndex,
    FakeIsolatedPreparer,
    FakeObjectStore,
    FakeReporter,
    InlineExecutor,
    VirtualClock,
)

NO_QUOTA = math.inf
DEPLOYMENT = Deployment("ingest", "7")


def a_settings(**options: object) -> Settings:
    """Return settings with every required value. Without ``options``, a request may take one second."""
    return Settings(
        **{
            "instance_name": "demo",
            "instance_region": "ap-southeast-1",
            "dead_letter_queue_url": "https://queues.example/dead",
            "adds_per_second": 1,
            "max_concurrency": 1,
            "connect_timeout_seconds": 0.5,
            "bucket_timeout_seconds": 0.5,
            "instance_timeout_seconds": 0.5,
        }
        | options
    )


def some_ports(**given: object) -> Ports:
    """Return ``given`` ports, and fakes for all others."""
    fakes = {
        "store": FakeObjectStore,
        "index": FakeImageIndex,
        "isolated": FakeIsolatedPreparer,
        "queue": FakeEventQueue,
        "dead_letters": FakeDeadLetterQueue,
        "reporter": FakeReporter,
        "clock": VirtualClock,
        "rng": lambda: random.Random(1),
        "executor": InlineExecutor,
    }
    return Ports(**{name: make() for name, make in fakes.items() if name not in given} | given)


def a_reconciler(store: object, index: object, clock: VirtualClock, **options: object) -> Reconciler:
    """Return a reconciler. ``options`` are any of its fields, ``max_source_bytes``, or ``isolated``."""
    settings = a_settings(max_source_megabytes=options.pop("max_source_bytes", MEGABYTE) / MEGABYTE)
    given = {name: options.pop(name) for name in ("isolated",) if name in options}
    ports = some_ports(store=store, index=index, clock=clock, **given)
    reconciler = build_batch(settings, ports, DEPLOYMENT).reconciler
    no_quota = RateLimiter(clock, random.Random(3), NO_QUOTA)
    writer = replace(reconciler.writer, add_limiter=no_quota, delete_limiter=no_quota)
    return replace(reconciler, **{"writer": writer} | options)


def a_batch(reconciler: Reconciler, **options: object) -> Batch:
    """Return a batch. ``options`` are any of its fields, or of its settler's; queues and reporter have no default."""
    of_ports = {name: options[name] for name in ("queue", "dead_letters", "reporter")}
    ports = some_ports(clock=reconciler.clock, **of_ports)
    batch = build_batch(a_settings(), ports, DEPLOYMENT)
    names = {one.name for one in fields(Settler)}
    of_settler = {"origin": ORIGIN, "rng": random.Random(2)} | {
        name: value for name, value in options.items() if name in names
    }
    of_batch = {name: value for name, value in options.items() if name not in names}
    return replace(batch, reconciler=reconciler, settler=replace(batch.settler, **of_settler), **of_batch)
