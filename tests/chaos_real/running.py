"""One run: uploaders use the bucket while faults occur. Then the queue drains, and the ledger is checked."""

import gc
import json
import random
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.chaos_real import leftovers
from tests.chaos_real.alibaba_place import Alibaba
from tests.chaos_real.aws_place import Aws
from tests.chaos_real.ledger import Ledger, counts, index_of
from tests.chaos_real.places import Conditions, Place
from tests.chaos_real.service_faults import ServiceFaults
from tests.chaos_real.uploads import Step, steps

KINDS = (leftovers.processes, leftovers.threads, leftovers.descriptors)
PLACES: dict[str, type[Place]] = {"aws": Aws, "alibaba": Alibaba}


@dataclass(frozen=True)
class Plan:
    """The parameters of a run. ``seed`` decides everything else. Times are in seconds, ``kills`` are per second.

    ``outage`` is the time without a network. ``duplicates`` is how often one key is announced.
    """

    cloud: str
    seed: int
    objects: int = 60
    seconds: float = 5.0
    kills: float = 0.4
    kill_all: bool = False
    outage: float = 0.0
    duplicates: int = 0
    patience: float = 60.0
    conditions: Conditions = field(default_factory=Conditions)


@dataclass
class Report:
    """``problems`` is empty if the ledger balances and nothing is left behind."""

    problems: list[str]
    facts: dict[str, Any]


class Run:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ledger = Ledger()
        self.outcomes: Counter[str] = Counter()
        self.own_faults: list[str] = []

    def report(self) -> Report:
        before = {what: what() for what in KINDS}
        begun = time.monotonic()
        with PLACES[self.plan.cloud](self._rng("place"), self.plan.conditions, self._on_log) as place:
            service_faults = self._upload_all(place)
            drained = self._drain(place)
            problems = [] if drained else [f"{place.pending()} records were not settled in {self.plan.patience} s"]
            letters = place.cloud.dead_letters()
            problems += self.ledger.problems(index_of(place.cloud), letters)
            met = service_faults.met + sum((leg.met for leg in place.legs.values()), Counter())
            problems += [f"internal error: {fault}" for fault in self.own_faults]
            del place, service_faults
        gc.collect()  # the clients of the cloud keep their connections until they are collected
        problems += [f"left behind: {thing}" for what in KINDS for thing in leftovers.remaining(what, before[what])]
        facts = {
            "seconds": round(time.monotonic() - begun, 1),
            "keys": len(self.ledger.history),
            "outcomes": dict(self.outcomes),
            "letters": counts(letters),
            "met": dict(met),
        }
        return Report(problems, facts)

    def _upload_all(self, place: Place) -> ServiceFaults:
        """Carry out all steps while faults occur, then end the faults."""
        service_faults = ServiceFaults(
            place, self._rng("service faults"), kills=self.plan.kills, all_at_once=self.plan.kill_all
        )
        begun = time.monotonic()
        outage = threading.Thread(target=self._run_outage, args=(place,))
        outage.start()
        for step in steps(self._rng("steps"), self.plan.objects, self.plan.seconds):
            time.sleep(max(0.0, begun + step.at - time.monotonic()))
            self._take(step, place)
        outage.join()
        self._wait_for_work(place)
        service_faults.end()
        place.heal()
        return service_faults

    def _wait_for_work(self, place: Place) -> None:
        """Wait until there were as many adds as objects, but no longer than the uploads took.

        On a busy machine, workers that have only just started would otherwise meet no faults.
        """
        end = time.monotonic() + self.plan.seconds
        while len([call for call in place.cloud.image_search.calls if call.leg == "add"]) < self.plan.objects:
            if time.monotonic() > end:
                return
            time.sleep(0.1)

    def _rng(self, of: str) -> random.Random:
        """Return the rng of one part. Each has its own, because threads draw in any order."""
        return random.Random(f"{self.plan.seed} {of}")

    def _take(self, step: Step, place: Place) -> None:
        if step.again:
            if upload := self.ledger.latest(step.key):
                place.announce(upload)
            return
        self.ledger.note(step.key, step.upload)
        if step.upload is None:
            place.cloud.remove(step.key)
            return
        place.cloud.upload(step.key, step.upload.data, step.upload.metadata)
        for _ in range(self.plan.duplicates if len(self.ledger.history) == 1 else 0):
            place.announce(step.upload)

    def _run_outage(self, place: Place) -> None:
        if self.plan.outage:
            time.sleep(self.plan.seconds / 3)
            place.cut_off(down=True)
            time.sleep(self.plan.outage)
            place.cut_off(down=False)

    def _drain(self, place: Place) -> bool:
        end = time.monotonic() + self.plan.patience
        while place.pending():
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def _on_log(self, line: str) -> None:
        """Read a log line, which a killed worker may have cut."""
        with suppress(ValueError):
            content = json.loads(line)
            if content.get("message") == "object":
                self.outcomes[content.get("reason") or content["outcome"]] += 1
                if "traceback" in content:
                    print(content["traceback"], file=sys.stderr)  # noqa: T201 - apart from the results
                    self.own_faults.append(content["detail"])
