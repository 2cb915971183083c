"""The legs of an object's way: the parts that depend on a service, each of which may work or fail for all objects."""

from dataclasses import dataclass
from enum import StrEnum


class LegKind(StrEnum):
    """Name what the leg does."""

    BUCKET = "bucket"  # read an object or its state
    UPLOAD = "upload"  # authorise and put the image into the service's temporary bucket
    ADD = "add"
    DELETE = "delete"
    WHOLE = "whole"  # the whole way: a bug in this project may hide anywhere


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg. ``bucket`` is the bucket's name if the leg reads one."""

    kind: LegKind
    bucket: str | None = None

    @property
    def is_part_of_every_add(self) -> bool:
        """Return whether no image can be added while this leg fails."""
        return self.kind in {LegKind.BUCKET, LegKind.UPLOAD, LegKind.ADD}


@dataclass(frozen=True, slots=True)
class LegFault:
    """Say on which leg a fault was met.

    ``works_for_others`` says that the leg has worked for another object since this object first failed on it, and that
    no other object has failed on it after that. This proves that the fault is the object's own (ADR 26).
    """

    leg: Leg
    works_for_others: bool = False
