"""Split the URL of a queue on Simple Message Queue (SMQ, formerly MNS) into endpoint and name."""

import re
from dataclasses import dataclass

EXPECTED = "https://<account id>.mns.<region>[-internal].aliyuncs.com/queues/<name>"
# Hosts: SMQ documentation, "Endpoints" (public, internal, and an older name of internal within a VPC). Names:
# CreateQueue reference, "QueueName", and SMQ, "Limits".
_FORM = re.compile(
    r"(?P<endpoint>https?://"
    r"(?:\d+\.mns\.[a-z]+(?:-[a-z0-9]+)+\.aliyuncs\.com|(?:127\.0\.0\.1|localhost)(?::\d+)?))"
    r"/queues/(?P<name>[A-Za-z0-9][A-Za-z0-9-]{0,119})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SmqAddress:
    """The address of one queue. ``endpoint`` is scheme and host, without a path."""

    endpoint: str
    name: str

    @classmethod
    def parse(cls, url: str) -> "SmqAddress":
        """Return the address. Raise ``ValueError`` with the expected form if ``url`` is not a queue's.

        The loopback interface is accepted too: the local cloud runs there.
        """
        found = _FORM.fullmatch(url)
        if not found:
            raise ValueError(f"expected the URL of a queue, {EXPECTED}")
        return cls(found["endpoint"], found["name"])

    @property
    def is_tls(self) -> bool:
        """Return whether the queue is reached over TLS."""
        return self.endpoint.startswith("https://")

    @property
    def host(self) -> str:
        """Return the host, with the port if the URL has one."""
        return self.endpoint.partition("://")[2]
