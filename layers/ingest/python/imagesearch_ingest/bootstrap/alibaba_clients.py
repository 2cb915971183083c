"""Build the clients of a bucket and of its queues on Alibaba Cloud, as the settings describe them."""

from typing import TypeVar

import alibabacloud_oss_v2 as oss

from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.bootstrap.common import CONNECTIONS
from imagesearch_ingest.credentials import CredentialSource
from imagesearch_ingest.settings import Settings

Q = TypeVar("Q", bound=SmqQueue)


def build_bucket_client(settings: Settings, region: str, credentials: CredentialSource) -> oss.Client:
    """Return a client of OSS for the bucket's region."""
    return oss_client(
        credentials,
        region=region,
        endpoint=settings.bucket_endpoint,
        ca_bundle=settings.ca_bundle,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.bucket_timeout_seconds,
        connections=CONNECTIONS,
    )


def build_queue(kind: type[Q], url: str, settings: Settings, credentials: CredentialSource) -> Q:
    """Return the queue of this kind at ``url``. Raise ``ValueError`` if it is not the URL of a queue of SMQ."""
    return kind(
        url,
        credentials,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.bucket_timeout_seconds,
        ca_bundle=settings.ca_bundle,
    )
