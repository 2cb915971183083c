"""Say where the instance is and how it is reached."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """The settings that the Image Search API needs. Timeouts are in seconds.

    ``connections`` are kept open to each host (the SDK's default is 40). Further threads open a new connection for each
    request. ``endpoint`` and ``upload_endpoint_type`` are as in ``Settings``.
    """

    region: str
    endpoint: str | None = None
    upload_endpoint_type: str = "public"
    https_proxy: str | None = None
    ca_bundle: Path | None = None
    connect_timeout: float = 3.0
    read_timeout: float = 4.0
    connections: int | None = None
