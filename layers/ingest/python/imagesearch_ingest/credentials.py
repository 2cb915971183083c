"""The access key for Alibaba Cloud, from the variables that its own tools use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCESS_KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
ACCESS_KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - a variable's name
SECURITY_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True)
class Credentials:
    """``None`` where nothing is set: then every call fails as ``credentials``, which stops nothing but the calls."""

    access_key_id: str | None
    access_key_secret: str | None = field(repr=False)
    security_token: str | None = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Credentials":
        values = (environ.get(name) or None for name in (ACCESS_KEY_ID, ACCESS_KEY_SECRET, SECURITY_TOKEN))
        return cls(*values)
