"""URL → the endpoint and the name of a queue on Simple Message Queue (formerly MNS)."""

import re
from dataclasses import dataclass

EXPECTED = "https://<account id>.mns.<region>[-internal].aliyuncs.com/queues/<name>"
# Hosts: SMQ documentation, "Endpoints" (public, internal, and the older name of internal within a VPC). Names: the
# CreateQueue reference, "QueueName", and "Limits".
_FORM = re.compile(
    r"(?P<endpoint>https?://"
    r"(?:\d+\.mns\.[a-z]+(?:-[a-z0-9]+)+\.aliyuncs\.com|(?:127\.0\.0\.1|localhost)(?::\d+)?))"
    r"/queues/(?P<name>[A-Za-z0-9][A-Za-z0-9-]{0,119})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SmqAddress:
    """``endpoint`` is scheme and host, without a path."""

    endpoint: str
    name: str

    @classmethod
    def of(cls, url: str) -> "SmqAddress":
        """Raises ``ValueError``, which says what is expected: for a validator of the settings.

        The loopback stands for the local cloud.
        """
        found = _FORM.fullmatch(url)
        if not found:
            raise ValueError(f"a queue's URL has the form {EXPECTED}")
        return cls(found["endpoint"], found["name"])

    @property
    def is_tls(self) -> bool:
        return self.endpoint.startswith("https://")

    @property
    def host(self) -> str:
        """With its port, where one is given."""
        return self.endpoint.partition("://")[2]
