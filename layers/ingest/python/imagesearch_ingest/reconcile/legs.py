"""Remember, for each leg, whether it works for other objects: proof that a fault is an object's own (ADR 26)."""

import itertools
import threading
from collections import OrderedDict
from typing import NamedTuple, TypeVar

from imagesearch_ingest.model.legs import Leg, LegFault
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import FaultClass, Reason

MAX_REMEMBERED = 4096  # failing objects, and legs: who writes to the queue chooses both. The oldest is forgotten.

K = TypeVar("K")
V = TypeVar("V")


class _Result(NamedTuple):
    """The latest result of one object on a leg. ``at`` orders results: a clock may show the same time twice."""

    ref: ObjectRef
    at: int
    succeeded: bool


class LegHealth:
    """Collect the results of a worker's calls for the life of the worker. Safe for several threads at once.

    Keep the latest results of two different objects for each leg, and since when each failing object fails. A forgotten
    object fails anew from its next fault on, which errs on the safe side: it is handed back once more. A success on the
    same leg ends nothing: the second look at an object may always fail although its fetch succeeds.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._latest: OrderedDict[Leg, tuple[_Result, _Result | None]] = OrderedDict()
        self._failing_since: OrderedDict[ObjectRef, dict[Leg, int]] = OrderedDict()
        self._lock = threading.Lock()

    def succeed(self, leg: Leg, ref: ObjectRef) -> None:
        """Note that a call for the object succeeded."""
        with self._lock:
            self._note(leg, _Result(ref, next(self._numbers), succeeded=True))

    def fail(self, leg: Leg, ref: ObjectRef, reason: Reason) -> LegFault:
        """Note that a call for the object failed for good. Return what this says about the leg.

        A permanent fault and throttling are no results: in both cases the service works, or was not even called. A
        systemic fault contradicts earlier successes, but begins no failing time.
        """
        if not reason.fault_class.speaks_against_service:
            return LegFault(leg)
        with self._lock:
            number = next(self._numbers)
            works = False
            if reason.fault_class is FaultClass.TRANSIENT:
                failing_since = self._failing_since.get(ref, {})
                since = failing_since.setdefault(leg, number)
                _remember(self._failing_since, ref, failing_since)
                other = self._latest_of_another(leg, ref)
                works = other is not None and other.succeeded and other.at > since
            self._note(leg, _Result(ref, number, succeeded=False))
            return LegFault(leg, works)

    def finish(self, ref: ObjectRef) -> None:
        """Note that the object does not come back. If it fails later, it fails anew."""
        with self._lock:
            self._failing_since.pop(ref, None)

    def _latest_of_another(self, leg: Leg, ref: ObjectRef) -> _Result | None:
        results = self._latest.get(leg, ())
        return next((result for result in results if result and result.ref != ref), None)

    def _note(self, leg: Leg, result: _Result) -> None:
        _remember(self._latest, leg, (result, self._latest_of_another(leg, result.ref)))


def _remember(mapping: OrderedDict[K, V], key: K, value: V) -> None:
    """Set the value as the newest one, and forget the oldest beyond the limit."""
    mapping[key] = value
    mapping.move_to_end(key)
    if len(mapping) > MAX_REMEMBERED:
        mapping.popitem(last=False)
