"""Hold what an audit works with."""

from dataclasses import dataclass

from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Job:
    """What to audit, and with what. ``settings`` are the deployment's."""

    wanted: Wanted
    deployment: Deployment
    settings: Settings
    place: Place
    source: KeySource
    report: Report
    folder: RunFolder

    @property
    def url(self) -> BucketUrl:
        """Return the URL of the bucket and the prefix."""
        assert self.place.url  # noqa: S101 - folders are refused
        return self.place.url
