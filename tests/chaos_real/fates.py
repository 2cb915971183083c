"""What networks and load balancers do to a connection, drawn by seed.

reset        bytes of an answer, or of a request, are lost, and both ends are told
half_close   one direction ends there, the other goes on
stall        one direction stops, and nobody is told
delay        the bytes come later
page         an answer, of which the service has done the work, is replaced by a load balancer's
"""

import random
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

KINDS = ("reset", "half_close", "stall", "delay", "page")
_WEIGHTS = (3, 3, 1, 2, 3)
_TOWARDS_THE_CLIENT = 0.6  # the share of fates that befall answers
_LONGEST_DELAY_SECONDS = 0.6
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # on, for 0 seconds: closing sends a reset


@dataclass(slots=True)
class Fate:
    """Of one connection, when so many bytes have passed in its direction."""

    kind: str
    to_client: bool
    bytes_left: float
    seconds: float


def draw(rng: random.Random, mean_bytes: float) -> Fate:
    (kind,) = rng.choices(KINDS, _WEIGHTS)
    to_client = kind == "page" or rng.random() < _TOWARDS_THE_CLIENT
    return Fate(kind, to_client, rng.expovariate(1 / mean_bytes), rng.uniform(0, _LONGEST_DELAY_SECONDS))


@dataclass(slots=True)
class Link:
    """One connection, from a client to a service. ``owed`` says that a request has been sent on, and no answer yet.

    ``asked`` is how the latest request began.
    """

    client: socket.socket
    service: socket.socket
    fate: Fate | None
    owed: bool = False
    asked: bytes = b""
    answered: bool = False
    broken: bool = False

    def ends(self, *, to_client: bool) -> tuple[socket.socket, socket.socket]:
        """Where bytes come from, and where they go."""
        return (self.service, self.client) if to_client else (self.client, self.service)

    def abandoned(self) -> bool:
        """Whether the client has hung up; one that is owed an answer sends nothing else."""
        try:
            return not self.client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def reset(self) -> None:
        """Both ends get a reset when the link is closed; until then nothing more is read, and nobody is told."""
        self.broken = True
        for end in (self.client, self.service):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RD)  # wakes up who reads; unlike SHUT_WR it sends nothing

    def reply(self, answer: bytes) -> None:
        """In the service's place, as its last word."""
        with suppress(OSError):
            self.client.sendall(answer)
        for end in (self.client, self.service):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.close()
        self.service.close()
