"""Read what an audit has found, from its run folder.

run.json           instance, url, rule_fingerprint, preparation, taken_at (Unix seconds), counts, complete
differences.jsonl  a line for each object and entry that is not the same on both sides (``Difference.public``)
"""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

OLDEST_SECONDS = 3600  # of an audit that is acted on
_CLOCK_SECONDS = 60  # by which the clocks of two machines may differ
_DIFFERENCES = "differences.jsonl"
_BEGIN = b'{"class": "'  # of a line as the audit writes it: what is not wanted need not be parsed
_AGAIN = "Audit again, or leave RUN out."
# Which number of the summary counts the lines of which class.
_COUNTED = {
    Symbol.MISSING: "missing",
    Symbol.ORPHANED: "orphaned",
    Symbol.REJECTED: "known_rejected",
    Symbol.FOREIGN: "foreign",
}


@dataclass(frozen=True, slots=True)
class AuditRun:
    """A finished audit. ``counts`` is its summary, and ``taken_at`` when it began, in Unix seconds."""

    path: Path
    name: str
    url: BucketUrl
    counts: Mapping[str, Any]
    taken_at: float

    def differences(self, symbols: Collection[Symbol]) -> Iterator[Difference]:
        """Yield the differences of some classes, in the order of the file. Raise ``InputError`` for a broken line."""
        others = tuple(_BEGIN + symbol.encode() + b'"' for symbol in Symbol if symbol not in symbols)
        return (one for one in _read_lines(self.path / _DIFFERENCES, others) if one.symbol in symbols)

    def check(self) -> None:
        """Read every line. Raise ``InputError`` if one is broken, or if there are not as many as the audit counted."""
        found = Counter(one.symbol for one in _read_lines(self.path / _DIFFERENCES))
        for symbol, name in _COUNTED.items():
            if found[symbol] != self.counts.get(name, 0):
                raise InputError(
                    f"{self.path / _DIFFERENCES} has {found[symbol]} lines of class {symbol}, "
                    f"but the audit counted {self.counts.get(name, 0)} {name.replace('_', ' ')}. {_AGAIN}"
                )

    def number(self, name: str) -> int:
        """Return a number of the summary."""
        return int(self.counts.get(name) or 0)


def open_audit(path: Path, settings: Settings) -> AuditRun:
    """Return the audit of a run folder, which must be finished, recent, and about the same deployment.

    Raise ``InputError`` that says which it is not.
    """
    about = read_about(path / "run.json")
    if about.get("command") != "audit":
        told = printable(str(about.get("command")))
        raise InputError(f"the run in {path} is not an audit, but {told}. Name an audit.")
    if about.get("complete") is not True:
        raise InputError(f"the audit in {path} has not come to its end. {_AGAIN}")
    _check_age(path, about.get("taken_at"))
    counts, name = about.get("counts"), str(about.get("run") or path.name)
    if not isinstance(counts, dict):
        raise InputError(f"{path / 'run.json'} has no counts. {_AGAIN}")
    url = BucketUrl.parse(str(about.get("url")))
    _check_same(path, about, url, settings)
    return AuditRun(path, name, url, counts, float(about["taken_at"]))


def _check_age(path: Path, taken_at: object) -> None:
    if isinstance(taken_at, bool) or not isinstance(taken_at, int | float):
        raise InputError(f"{path / 'run.json'} does not say when the audit was made. {_AGAIN}")
    age = time.time() - taken_at
    if not -_CLOCK_SECONDS <= age <= OLDEST_SECONDS:
        told = f"{age / 60:.0f} minutes old" if age > 0 else "from the future: check the clock"
        raise InputError(f"the audit in {path} is {told}. One hour is the most. {_AGAIN}")


def _check_same(path: Path, about: Mapping[str, Any], url: BucketUrl, settings: Settings) -> None:
    """Refuse an audit of another deployment: what it calls missing or left over is not so here."""
    pairs = {
        "instance": (about.get("instance"), settings.instance_name),
        "bucket": (url.bucket, settings.bucket or url.bucket),
        "rule": (about.get("rule_fingerprint"), settings.rule_fingerprint()),
        "preparation": (about.get("preparation"), settings.preparation_fingerprint()),
    }
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    told = [f"{name} was {json.dumps(was)}, and is {json.dumps(now)} here" for name, (was, now) in differing.items()]
    if told:
        raise InputError(f"the audit in {path} is of another deployment: {'; '.join(told)}. {_AGAIN}")


def read_about(path: Path) -> dict[str, Any]:
    """Return what a ``run.json`` holds. Raise ``InputError`` if it is none."""
    try:
        about = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise InputError(f"{path} is not a run's: no JSON object. {_AGAIN}")
    return about


def _read_lines(path: Path, passed_over: tuple[bytes, ...] = ()) -> Iterator[Difference]:
    try:
        with path.open("rb") as file:
            for number, data in enumerate(file, 1):
                if not data.startswith(passed_over):
                    yield _read_line(data, path, number)
    except FileNotFoundError:
        raise InputError(f"{path} is missing. {_AGAIN}") from None


def _read_line(data: bytes, path: Path, number: int) -> Difference:
    try:
        line = json.loads(data)
        difference = Difference(Symbol(line.pop("class")), **line)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        difference = None
    if difference is None or not data.endswith(b"\n") or not _is_whole(difference):
        raise InputError(f"{path}: line {number} is not a difference of an audit. {_AGAIN}")
    return difference


def _is_whole(one: Difference) -> bool:
    """Return whether the line names what can be acted on: a key to announce, or both IDs of an entry to delete."""
    has_ids = all(isinstance(value, str) and value for value in (one.product_id, one.pic_name))
    if one.symbol is Symbol.FOREIGN:
        return has_ids
    return isinstance(one.key, str) and bool(one.key) and (has_ids or one.symbol not in _COUNTED)
