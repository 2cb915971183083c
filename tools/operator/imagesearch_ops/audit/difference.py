"""Name what an audit says of one object or entry, in the grammar of ``rclone check --combined``."""

from enum import StrEnum
from typing import Any, NamedTuple


class Symbol(StrEnum):
    """A class of objects and entries. ``MISSING`` and ``ORPHANED`` are drift."""

    SAME = "="
    MISSING = "+"  # in the bucket, not in the index, and no reason is known
    ORPHANED = "-"  # in the index, and its key is gone
    REJECTED = "x"  # in the bucket, and known to be rejected as it is
    WAITING = "~"  # younger than the grace, or changed since the dump
    NOT_OURS = "."  # excluded, a folder marker, or refused by the key rule
    FOREIGN = "?"  # in the index, and no key makes it under this rule
    UNDECIDED = "!"

    @property
    def is_drift(self) -> bool:
        return self in (Symbol.MISSING, Symbol.ORPHANED)


class Difference(NamedTuple):
    """An object or entry with its class. ``key`` is ``None`` for entries that no key makes.

    The IDs are ``None`` for keys that the rule refuses. ``last_modified`` is in Unix seconds.
    """

    symbol: Symbol
    key: str | None
    product_id: str | None
    pic_name: str | None
    etag: str = ""
    last_modified: float | None = None
    why: str = ""

    def public(self) -> dict[str, Any]:
        """Return the line of ``--json``, and of ``differences.jsonl`` in the run's folder."""
        return {
            "class": str(self.symbol),
            **{name: value for name, value in self._asdict().items() if name != "symbol"},
        }
