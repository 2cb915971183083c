"""Define what a look needs to see, and where it tells what it found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from imagesearch_ingest.image_search.detail import InstanceDetail
from imagesearch_ingest.watch.findings import Finding
from imagesearch_ingest.watch.look import Look
from imagesearch_ingest.watch.oss_rule import BridgeRule


class Part(NamedTuple):
    """One call of a look, what is judged by its answer, and the permission that it needs.

    ``read`` may be repeated, and raises ``IngestError``.
    """

    read: Callable[[], Any]
    judge: Callable[[Any], Iterable[Finding]]
    permission: str


class WatchedWay(Protocol):
    """The way of a bucket's events to the queue, on any cloud."""

    def parts(self) -> Sequence[Part]:
        """Return the parts of a look, in the order in which their findings are told."""
        ...


class Announcements(Protocol):
    """The way of a bucket's events to the queue on AWS. Values are as AWS answers them. Errors are ``IngestError``."""

    def notifications(self) -> Mapping[str, Any] | None:
        """Return the notification configuration of the bucket, or ``None`` if the bucket is gone."""
        ...

    def rule(self) -> Mapping[str, Any] | None:
        """Return the rule, or ``None`` if it is gone."""
        ...

    def targets(self) -> Sequence[Mapping[str, Any]] | None:
        """Return the targets of the rule, or ``None`` if the rule is gone."""
        ...

    def queue_policy(self) -> Mapping[str, Any] | None:
        """Return the policy of the queue, or ``None`` if the queue is gone. Without a policy it is empty."""
        ...


class QueueAttributes(NamedTuple):
    """How long a queue of SMQ keeps a message, and hides one that is being read, in seconds."""

    retention: int
    visibility: int


class OssAnnouncements(Protocol):
    """The way of a bucket's events to the queue on Alibaba Cloud. Errors are ``IngestError``."""

    def has_bucket(self) -> bool:
        """Return whether the bucket exists."""
        ...

    def rule(self) -> BridgeRule | None:
        """Return the rule with its targets, or ``None`` if it is gone."""
        ...

    def queue(self) -> QueueAttributes | None:
        """Return the attributes of the queue, or ``None`` if the queue is gone."""
        ...


class InstanceReader(Protocol):
    """The Image Search instance."""

    def detail(self, instance_name: str) -> InstanceDetail:
        """Return size, capacity and end. Raise ``IngestError``."""
        ...


class WatchReporter(Protocol):
    """The log and the metrics of a look."""

    def looked(self, look: Look) -> None:
        """Write what was found."""
        ...
