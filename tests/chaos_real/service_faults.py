"""Faults of the services, and killed workers, drawn from a seed until they are ended."""

import random
import signal
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

from local_cloud.smq import Fault
from tests.chaos_real.alibaba_place import Alibaba
from tests.chaos_real.places import Place

_PAUSE_SECONDS = 0.12  # mean time between two faults
_TIMES = (1, 1, 2, 3, 5, 10)  # faulty calls in a row; a worker tries five times
_LATENCIES = (0, 0, 0.8)  # seconds of a request: objects change meanwhile, and one worker overtakes another
_SKEW_SECONDS = 1200.0  # signatures are valid for 15 minutes
_LEGS = ("authorize", "upload", "add", "add", "add", "delete", "delete")
_SEARCH = (
    {"kind": "error", "code": "DeniedRequest", "status": 403},
    {"kind": "error", "code": "UnknownException", "status": 500},
    {"kind": "error", "code": "ServiceUnavailable", "status": 503},
    {"kind": "error", "code": "NeverHeardOf", "status": 400},
    {"kind": "error", "code": "InvalidAccessKeyId.NotFound", "status": 404},
    {"kind": "error", "code": "InstanceOverQuota", "status": 400},
    {"kind": "stall", "seconds": 0.7},
    {"kind": "stall", "seconds": 3.0},
    {"kind": "reset"},
    {"kind": "lost_answer"},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "unsuccessful"},
)
_OSS = (
    {"kind": "error", "code": "InternalError"},
    {"kind": "error", "code": "SlowDown", "status": 503},
    {"kind": "error", "code": "RequestTimeTooSkewed", "status": 403},
    {"kind": "stall", "seconds": 3.0},
    {"kind": "cut", "sent": 40},
    {"kind": "reset"},
    {"kind": "html"},
    {"kind": "empty"},
)
_SMQ = (
    Fault("error", "SendMessage", times=2),
    Fault("error", "SendMessage", code="QpsLimitExceeded", status=403),
    Fault("error", "SendMessage", code="TimeExpired", status=403),
    Fault("stall", "SendMessage", seconds=3.0),
    Fault("lost_answer", "SendMessage"),
    Fault("reset", "SendMessage"),
    Fault("html", "SendMessage"),
)


class ServiceFaults:
    """``kills`` is how often a second a worker is killed; with ``all_at_once``, all workers."""

    def __init__(self, place: Place, rng: random.Random, *, kills: float, all_at_once: bool = False) -> None:
        self.met: Counter[str] = Counter()
        self._place, self._kills, self._all_at_once = place, kills, all_at_once
        self._ending = threading.Event()
        seeds = [random.Random(rng.random()) for _ in range(2)]
        runs = [self._add_faults, self._kill_workers]
        self._threads = [
            threading.Thread(target=run, args=(seed,), daemon=True) for run, seed in zip(runs, seeds, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _add_faults(self, rng: random.Random) -> None:
        while not self._ending.wait(rng.expovariate(1 / _PAUSE_SECONDS)):
            if rng.random() < 0.05:
                self._refuse_dead_letters(rng.uniform(0.2, 1.0))
            if rng.random() < 0.05:
                self._skew_clock(rng.choice((-_SKEW_SECONDS, _SKEW_SECONDS)), rng.uniform(0.2, 1.0))
            self._add_search_fault(rng)
            if isinstance(self._place, Alibaba):
                self._add_alibaba_faults(self._place.cloud, rng)

    def _refuse_dead_letters(self, seconds: float) -> None:
        self.met["dead letters refused"] += 1
        self._place.refuse_dead_letters(refused=True)
        self._ending.wait(seconds)
        self._place.refuse_dead_letters(refused=False)

    def _skew_clock(self, skew: float, seconds: float) -> None:
        """Skew the clock of Image Search. The uploaders use OSS too, so its skew is simulated by an error instead."""
        self.met["clock skewed"] += 1
        service = self._place.cloud.image_search
        service.clock_skew = skew
        self._ending.wait(seconds)
        service.clock_skew = 0.0

    def _add_search_fault(self, rng: random.Random) -> None:
        fault, leg = rng.choice(_SEARCH), rng.choice(_LEGS)
        if fault["kind"] == "unsuccessful":
            leg = "add"
        faults = self._place.cloud.image_search.faults
        faults.add({**fault, "leg": leg, "times": rng.choice(_TIMES)})
        faults.set_latency(rng.choice(_LEGS), rng.choice(_LATENCIES))
        self.met[f"{leg} {fault.get('code', fault['kind'])}"] += 1

    def _add_alibaba_faults(self, cloud: Any, rng: random.Random) -> None:
        fault = rng.choice(_OSS)
        cloud.oss.faults.add({**fault, "method": rng.choice(("GET", "HEAD")), "times": rng.choice(_TIMES)})
        self.met[f"oss {fault.get('code', fault['kind'])}"] += 1
        if rng.random() < 0.3:
            cloud.smq.faults.add(rng.choice(_SMQ))

    def _kill_workers(self, rng: random.Random) -> None:
        while self._kills and not self._ending.wait(self._pause(rng)):
            workers = self._place.workers()
            for worker in workers if self._all_at_once else rng.sample(workers, min(1, len(workers))):
                with suppress(ProcessLookupError):
                    worker.send_signal(signal.SIGKILL)
                self.met["killed"] += 1

    def _pause(self, rng: random.Random) -> float:
        return 1 / self._kills if self._all_at_once else rng.expovariate(self._kills)
