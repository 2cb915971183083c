"""Make botocore's clients.

They are the clients that boto3 hands out. boto3 itself would also import its file transfers at each cold start, and
nothing here uses them (ADR 17).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoRegionError
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
    """Return a client that never retries: the caller does, since it knows the time left.

    Credentials and endpoints are found as every AWS SDK finds them. Timeouts are in seconds. Raise ``SettingsError`` if
    no region is set, or if AWS's own variables are invalid.
    """
    config = Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
    )
    try:
        # botocore reads AWS_DEFAULT_REGION only. Lambda and all other AWS tools use AWS_REGION.
        return _session().create_client(service, region_name=environ.get("AWS_REGION") or None, config=config)
    except NoRegionError:
        raise SettingsError("AWS_REGION is not set. Set it to the AWS region of the bucket and the queues.") from None
    except (BotoCoreError, ValueError) as error:  # a region, endpoint or profile in a form that botocore cannot use
        why = str(error).rstrip(".")
        raise SettingsError(f"A variable AWS_* is invalid, so no client for {service} can be made: {why}.") from None


@cache
def _session() -> Session:
    """Return one session for all clients, so that the data that services share is loaded once."""
    return Session()
