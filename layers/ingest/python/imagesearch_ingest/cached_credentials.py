"""Keep an access key that a service hands out, and renew it in time."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock
from imagesearch_ingest.pacing.turns import Turns


@dataclass(frozen=True, slots=True)
class Lease:
    """Credentials, and when to read them again, in seconds after the request for them.

    ``lifetime`` is when they expire, or ``None`` for a key that stays valid until a person replaces it.
    """

    credentials: Credentials
    renew_after: float
    lifetime: float | None = None


class CachedCredentials:
    """A ``CredentialSource`` with a cache over ``read``, which asks a service. Safe to be used by several threads.

    A failure to read is not cached, unless there is a key to keep: the next attempt follows ``PAUSE_SECONDS`` later.
    """

    PAUSE_SECONDS = 60.0

    def __init__(self, read: Callable[[], Lease], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._turns = Turns()
        self._lease: Lease | None = None
        self._read_at = self._times()
        self._renew_after = 0.0

    def get(self, *, fresh: bool = False) -> Credentials:
        """Return the credentials; with ``fresh``, read them past the cache. Raise what ``read`` raises."""
        lease = None if fresh else self._find_lease()
        return (lease or self._turns.take(lambda: self._renew(fresh=fresh))).credentials

    def _find_lease(self) -> Lease | None:
        """Return the cached lease unless it is due."""
        return self._lease if self._age() < self._renew_after else None

    def _renew(self, *, fresh: bool) -> Lease:
        lease = None if fresh else self._find_lease()  # another thread may have renewed it meanwhile
        self._lease = lease or self._read_or_keep(fresh=fresh)
        return self._lease

    def _read_or_keep(self, *, fresh: bool) -> Lease:
        """Read the lease. If that fails, keep the cached one while it is valid and no service has refused it."""
        asked_at = self._times()
        try:
            lease = self._read()
        except IngestError as error:
            if fresh or self._lease is None or not self._outlives(self._lease, error):
                raise
            self._renew_after = min(self._age() + self.PAUSE_SECONDS, self._lease.lifetime or math.inf)
            return self._lease
        self._read_at, self._renew_after = asked_at, lease.renew_after
        return lease

    def _outlives(self, lease: Lease, error: IngestError) -> bool:
        """Return whether the key may be used in spite of the error. One that never expires ends by a refusal."""
        if lease.lifetime is None:
            return error.reason is not Reason.CREDENTIALS
        return self._age() < lease.lifetime

    def _age(self) -> float:
        """Return the seconds since the lease was asked for.

        A platform may freeze the process, and then one of the two clocks stands still. Neither is compared with a
        service's clock, so a wrong time of day does no harm.
        """
        return max(now - then for now, then in zip(self._times(), self._read_at, strict=True))

    def _times(self) -> tuple[float, float]:
        return self._clock.monotonic(), self._clock.now().timestamp()
