"""Faults that are scripted for the next calls of either STS: Alibaba Cloud's, or AWS's GetWebIdentityToken."""

from dataclasses import dataclass
from typing import Literal

from local_cloud.server.faults import NextCallFaults

Kind = Literal["error", "reset", "stall", "html"]


@dataclass(frozen=True)
class Fault:
    """A fault that ``times`` calls meet; ``None`` means every call.

    ``error`` answers with ``code`` and ``status``; ``reset`` resets the connection before anything is done; ``stall``
    waits ``seconds`` before the work; ``html`` answers with a load balancer's 502 page.
    """

    kind: Kind
    times: int | None = 1
    code: str = "ServiceUnavailable"
    status: int = 503
    seconds: float = 0.0


Faults = NextCallFaults[Fault]
