"""Faults that are scripted for the next calls of EventBridge."""

from dataclasses import dataclass
from typing import Literal

from local_cloud.server.faults import NextCallFaults

Kind = Literal["error", "unsuccessful", "reset", "stall", "html", "empty", "rubbish"]


@dataclass(frozen=True)
class Fault:
    """A fault that ``times`` calls meet; ``None`` means every call.

    ``error`` answers with ``code`` and ``status``; ``unsuccessful`` has the code in a response of status 200; ``reset``
    resets the connection before anything is done; ``stall`` waits ``seconds`` before the work; ``html`` answers with a
    load balancer's 502 page, ``empty`` with nothing, and ``rubbish`` with ``body`` as JSON.
    """

    kind: Kind
    times: int | None = 1
    code: str = "ServiceUnavailable"
    status: int = 503
    seconds: float = 0.0
    body: object = None


Faults = NextCallFaults[Fault]
