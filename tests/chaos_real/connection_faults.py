"""Faults of networks and load balancers on one connection, drawn from a seed.

reset        bytes of a request or of an answer are lost, and both ends get a reset
half_close   one direction ends, the other continues
stall        one direction stops without notice
delay        bytes arrive later
page         a load balancer's page replaces an answer, although the service has acted
"""

import random
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

KINDS = ("reset", "half_close", "stall", "delay", "page")
_WEIGHTS = (3, 3, 1, 2, 3)
_SHARE_OF_ANSWERS = 0.6  # share of the faults that hit answers
_LONGEST_DELAY_SECONDS = 0.6
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger on, 0 seconds: closing sends a reset


@dataclass(slots=True)
class ConnectionFault:
    """A fault of one connection, after ``bytes_left`` bytes in its direction."""

    kind: str
    to_client: bool
    bytes_left: float
    seconds: float


def draw(rng: random.Random, mean_bytes: float) -> ConnectionFault:
    (kind,) = rng.choices(KINDS, _WEIGHTS)
    to_client = kind == "page" or rng.random() < _SHARE_OF_ANSWERS
    return ConnectionFault(kind, to_client, rng.expovariate(1 / mean_bytes), rng.uniform(0, _LONGEST_DELAY_SECONDS))


@dataclass(slots=True)
class Link:
    """One connection from a client to a service. ``owed`` tells that a forwarded request has no answer yet.

    ``asked`` is the first part of the latest request.
    """

    client: socket.socket
    service: socket.socket
    fault: ConnectionFault | None
    owed: bool = False
    asked: bytes = b""
    answered: bool = False
    broken: bool = False

    def ends(self, *, to_client: bool) -> tuple[socket.socket, socket.socket]:
        """Return the source and the target of one direction."""
        return (self.service, self.client) if to_client else (self.client, self.service)

    def abandoned(self) -> bool:
        """Return whether the client has hung up. While it waits for an answer, it sends nothing else."""
        try:
            return not self.client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def reset(self) -> None:
        """Stop reading, and send a reset to both ends when the link is closed."""
        self.broken = True
        for end in (self.client, self.service):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RD)  # wakes the reader; unlike SHUT_WR it sends nothing

    def reply(self, answer: bytes) -> None:
        """Send an answer in place of the service, and end the connection."""
        with suppress(OSError):
            self.client.sendall(answer)
        for end in (self.client, self.service):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.close()
        self.service.close()
