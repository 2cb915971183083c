"""boto3's clients, as this project uses them."""

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError

from imagesearch_ingest.errors import SettingsError


def aws_client(
    service: str,
    environ: Mapping[str, str],
    *,
    connect_timeout: float = 3,
    read_timeout: float = 10,
    connections: int = 10,
) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    """No retries of its own: repeating is ``retrying``'s business, which knows the time left.

    Keys and endpoints are found as boto3 finds them. Timeouts are in seconds. Raises ``SettingsError``.
    """
    config = Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
    )
    try:
        # boto3 itself reads AWS_DEFAULT_REGION alone; every other AWS tool, and Lambda, has AWS_REGION.
        return boto3.client(service, region_name=environ.get("AWS_REGION") or None, config=config)
    except NoRegionError:
        raise SettingsError("AWS_REGION is not set. The AWS region of the bucket and the queues.") from None
