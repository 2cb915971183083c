"""Ask the index about many entries, no faster than its query rate."""

import random
import threading
from dataclasses import dataclass, field

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ops.buckets.patience import StoppableClock
from imagesearch_ops.instance import InstanceClient

_SLOWEST_QPS = 1  # the smallest that is sold (Limits page, "QPS"); also taken where Detail names none
_PATIENCE_SECONDS = 60.0  # for one question, while the instance is asked by others, too


@dataclass(slots=True)
class Asker:
    """Ask whether entries exist, at the query rate that the instance has by Detail. Safe for several threads."""

    instance: InstanceClient
    clock: StoppableClock = field(default_factory=StoppableClock)
    _limiter: RateLimiter | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def has_entry(self, product_id: str, pic_name: str) -> bool:
        """Return whether the index has the entry. Wait for a slot, and as long as the instance throttles.

        Raise ``IngestError``.
        """
        limiter = self._get_limiter()
        deadline = Deadline.after(self.clock, _PATIENCE_SECONDS)
        while True:
            limiter.wait(deadline, 0)
            try:
                with limiter.call():
                    return self.instance.find(product_id, pic_name) is not None
            except IngestError as error:
                if error.reason is not Reason.THROTTLED or deadline.seconds_left() <= 0:
                    raise

    def stop(self) -> None:
        """End every wait, now and from now on."""
        self.clock.stopped.set()

    def _get_limiter(self) -> RateLimiter:
        with self._lock:
            if self._limiter is None:
                rate = self.instance.detail().qps or _SLOWEST_QPS
                self._limiter = RateLimiter(self.clock, random.Random(), rate)
            return self._limiter
