"""Define what a look needs to see, and where it tells what it found."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from imagesearch_ingest.image_search.detail import InstanceDetail
from imagesearch_ingest.watch.look import Look


class Announcements(Protocol):
    """The way of a bucket's events to the queue. Values are as AWS answers them. Errors are ``IngestError``."""

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
