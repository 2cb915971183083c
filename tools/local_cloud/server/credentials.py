"""The access key that a stand-in accepts."""

from dataclasses import dataclass, field

# The same for ACS3 signatures, OSS and SMQ.
MAX_CLOCK_SKEW_SECONDS = 15 * 60


@dataclass(frozen=True)
class Credentials:
    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
