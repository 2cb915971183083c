"""botocore's clients, as this project uses them.

They are the very ones that boto3 hands out; boto3 itself would load its transfers of files as well, which nobody here
uses, at each cold start (ADR 17).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import NoRegionError
from botocore.session import Session

from imagesearch_ingest.model.errors import SettingsError


def aws_client(
    service: str,
    environ: Mapping[str, str],
    *,
    connect_timeout: float = 3,
    read_timeout: float = 10,
    connections: int = 10,
) -> Any:  # noqa: ANN401 - botocore's clients are made at run time
    """No retries of its own: repeating is ``retrying``'s business, which knows the time left.

    Keys and endpoints are found as every AWS SDK finds them. Timeouts are in seconds. Raises ``SettingsError``.
    """
    config = Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
    )
    try:
        # botocore itself reads AWS_DEFAULT_REGION alone; every other AWS tool, and Lambda, has AWS_REGION.
        return _session().create_client(service, region_name=environ.get("AWS_REGION") or None, config=config)
    except NoRegionError:
        raise SettingsError("AWS_REGION is not set. The AWS region of the bucket and the queues.") from None


@cache
def _session() -> Session:
    """One for all clients, as boto3 has it: what the services have in common is read once."""
    return Session()
