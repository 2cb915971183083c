"""Put together what a plan says in the end: what, why not, how long, and how much."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from imagesearch_ingest.settings import Settings
from imagesearch_ops.instance import InstanceDetail
from imagesearch_ops.plan.census import Census, sort_counts
from imagesearch_ops.plan.estimate import Share, estimate_share
from imagesearch_ops.plan.prices import Prices
from imagesearch_ops.plan.tally import Tally
from imagesearch_ops.rates import own_adds

_GIGABYTE = 1_000_000_000
_LAMBDA_GB = 1769 / 1024  # the function's memory in template.yaml
_PER_BATCH = 10  # messages in one request to SQS
_QUEUE_REQUESTS = 3  # for each batch: send, receive, delete
_READS = 2  # of each object: GET before the add, HEAD after it
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything that the summary is made of. ``rate`` is adds a second."""

    census: Census
    tally: Tally
    settings: Settings
    rate: float
    detail: InstanceDetail | None
    prices: Prices | None

    @property
    def rejected_share(self) -> Share:
        """Return the share of the eligible objects that would be rejected."""
        return estimate_share(self.tally.would_reject.total(), self.tally.known, self.census.eligible)

    @property
    def changed_share(self) -> float | None:
        """Return the share of the pictures to add that would be sent in another form."""
        return self.tally.changed / self.tally.would_add if self.tally.would_add else None

    @property
    def adds(self) -> int:
        """Return how many pictures would be added, or all eligible ones as long as none was read."""
        if not self.tally.known:
            return self.census.eligible
        return round(self.census.eligible * self.tally.would_add / self.tally.known)

    @property
    def bytes_out(self) -> int | None:
        if not self.tally.known:
            return None
        return round(self.census.eligible / self.tally.known * self.tally.bytes_out)

    @property
    def hours(self) -> float:
        return self.adds / self.rate / 3600

    def describe_rate(self) -> str:
        """Return the rate in words, with the share of the instance's if it is the deployment's."""
        is_own = self.rate == own_adds(self.settings)
        return f"{self.rate:g} a second{self.settings.describe_share(self.settings.adds_per_second) if is_own else ''}"

    @property
    def capacity_left(self) -> int | None:
        return self.detail.free if self.detail else None

    @property
    def expires(self) -> datetime | None:
        return self.detail.expires if self.detail else None

    @property
    def is_exact(self) -> bool:
        """Return whether every eligible object is decided."""
        return self.tally.known >= self.census.eligible

    def to_json(self) -> dict[str, Any]:
        """Return the fields of the summary."""
        return {
            "listed": self.census.listed,
            "listed_bytes": self.census.listed_bytes,
            "eligible": self.census.eligible,
            "skipped": sort_counts(self.census.skipped),
            "rejected_by_key": sort_counts(self.census.rejected_by_key),
            "sampled": self.tally.sampled,
            "would_add": self.tally.would_add,
            "would_reject": sort_counts(self.tally.would_reject),
            "would_skip": sort_counts(self.tally.would_skip),
            "not_read": sort_counts(self.tally.not_read),
            "would_reject_share": self.rejected_share.to_json(),
            "changed_share": None if self.changed_share is None else round(self.changed_share, 6),
            "archived": self.census.archived,
            "storage_classes": sort_counts(self.census.storage_classes),
            "collisions": 0,  # settings under which two keys could have the same IDs are refused
            "bytes_out_estimate": self.bytes_out,
            "adds_per_second": self.rate,
            "hours": round(self.hours, 3),
            "capacity_left": self.capacity_left,
            "expires": self.expires.isoformat() if self.expires else None,
            "cost": self.cost(),
        }

    def cost(self) -> dict[str, Any]:
        """Return what the function would use to add everything, and the price if there is a table of prices."""
        egress = None if self.bytes_out is None else self.bytes_out / _GIGABYTE
        seconds = self.hours * 3600 * self.settings.max_concurrency * _LAMBDA_GB
        reads, lists = _READS * self.census.eligible, ceil(self.census.listed / _PAGE) + 1
        queue = _QUEUE_REQUESTS * ceil(self.census.eligible / _PER_BATCH)
        return {
            "egress_gb": None if egress is None else round(egress, 3),
            "lambda_gb_seconds": round(seconds),
            "requests": reads + lists + queue,
            "usd": self._price(egress, seconds, reads, lists, queue),
            "basis": self._describe_basis(),
        }

    def _price(self, egress: float | None, seconds: float, reads: int, lists: int, queue: int) -> float | None:
        prices = self.prices
        if prices is None or egress is None:
            return None
        dollars = reads * prices.bucket_read + lists * prices.bucket_list + egress * prices.egress_gb
        dollars += seconds * prices.lambda_gb_second + queue * prices.queue_request
        return round(dollars + queue / _QUEUE_REQUESTS * prices.lambda_request, 2)

    def _describe_basis(self) -> str:
        workers = self.settings.max_concurrency
        looked = "the keys alone" if not self.tally.known else f"{self.tally.known} objects looked at"
        parts = [
            f"{looked}; {self.rate:g} adds/s",
            f"{workers} function{'' if workers == 1 else 's'} of 1769 MB at work for all that time",
            "each object read by GET and HEAD, messages in batches of 10",
        ]
        return "; ".join([*parts, self.prices.describe()] if self.prices else parts)
