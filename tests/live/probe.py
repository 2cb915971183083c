"""Define a probe: code that asks a real account whether one line of docs/not-verified.md is true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.account import Account

WEB, INSTANCE, AWS, STACK = "web", "instance", "aws", "stack"
OSS, SMQ, FUNCTION, IMPORT = "oss", "smq", "function", "import"


class Answer(StrEnum):
    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Finding:
    """The answer, and what was seen. Evidence is one line."""

    answer: Answer
    evidence: str


@dataclass(frozen=True)
class Probe:
    """``needs`` names the group of services. ``does`` says what is created or called, and ``adds`` counts AddImage.

    ``leaves`` names what the line also claims, but the probe cannot ask. The line is then settled only in part.
    """

    id: str
    needs: str
    does: str
    adds: int
    ask: Callable[["Account"], Finding]
    leaves: str = ""


PROBES: dict[str, Probe] = {}


def probe(
    identifier: str, needs: str, does: str, *, adds: int = 0, leaves: str = ""
) -> Callable[[Callable[["Account"], Finding]], Callable[["Account"], Finding]]:
    """Register a function as the probe of one ID. Raise ``ValueError`` if the ID has one already."""

    def register(ask: Callable[["Account"], Finding]) -> Callable[["Account"], Finding]:
        if identifier in PROBES:
            raise ValueError(f"{identifier} has two probes")
        PROBES[identifier] = Probe(identifier, needs, does, adds, ask, leaves)
        return ask

    return register


def judge(is_true: bool, evidence: str) -> Finding:  # noqa: FBT001 - the answer itself
    return holds(evidence) if is_true else fails(evidence)


def in_words(values: Mapping[str, object]) -> str:
    """Return what was seen under several names, for people."""
    return ", ".join(f"{name}: {value}" for name, value in values.items()) or "none"


def holds(evidence: str) -> Finding:
    return Finding(Answer.HOLDS, evidence)


def fails(evidence: str) -> Finding:
    return Finding(Answer.FAILS, evidence)


def cannot_tell(evidence: str) -> Finding:
    return Finding(Answer.UNKNOWN, evidence)
