"""Join the sorted lines of both sides, and give each object and entry its class (ADR 54)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imagesearch_ops.audit.bucket_lines import BucketLine, read_rest
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.known import Known
from imagesearch_ops.audit.known_lines import Letters
from imagesearch_ops.audit.run_lines import FIELD, NO_PRODUCT, split_ids
from imagesearch_ops.key_finder import KeyFinder

Group = tuple[bytes, list[bytes]]  # the IDs as a field, and the rest of each line that has them

_TELL_EVERY = 10_000  # IDs
NO_KEY = "no key of this rule gets these IDs: added by hand, from another bucket, or under an earlier rule"


class Rules(NamedTuple):
    """What decides besides the two sides. Times are in seconds; ``taken_at`` is the dump's, since 1970."""

    prefix: str
    taken_at: float
    grace: float
    finder: KeyFinder

    def why_waiting(self, last_modified: float | None) -> str | None:
        """Return why an object is too young to be missing, or ``None``."""
        if last_modified is None or last_modified <= self.taken_at - self.grace:
            return None
        if last_modified > self.taken_at:
            return "changed since the dump"
        return f"younger than the grace when the dump was made: {self.taken_at - last_modified:.0f} s"


def read_groups(lines: Iterable[bytes]) -> Iterator[Group]:
    """Yield the lines that have the same IDs together. They must be sorted."""
    ids, rests = b"", []
    for line in lines:
        one, _, rest = line.partition(FIELD)
        if one == ids:
            rests.append(rest)
            continue
        if rests:
            yield ids, rests
        ids, rests = one, [rest]
    if rests:
        yield ids, rests


def join(left: Iterator[Group], right: Iterator[Group]) -> Iterator[tuple[bytes, list[bytes], list[bytes]]]:
    """Yield each IDs of either side, with the rests of both."""
    one, other = next(left, None), next(right, None)
    while one and other:
        if one[0] == other[0]:
            yield one[0], one[1], other[1]
            one, other = next(left, None), next(right, None)
        elif one[0] < other[0]:
            yield one[0], one[1], []
            one = next(left, None)
        else:
            yield other[0], [], other[1]
            other = next(right, None)
    while one:
        yield one[0], one[1], []
        one = next(left, None)
    while other:
        yield other[0], [], other[1]
        other = next(right, None)


@dataclass(slots=True)
class Comparison:
    """Give classes, and count. ``take_same`` gets each key that is in the index, if these are wanted."""

    rules: Rules
    letters: Letters
    counts: Counts
    take_same: Callable[[str], None] | None = None

    def run(self, bucket: Iterable[bytes], dump: Iterable[bytes], tell: Callable[[int], None]) -> Iterator[Difference]:
        """Yield the differences of two sides, each sorted, in the order of IDs."""
        counts = self.counts
        for number, (ids, objects, entries) in enumerate(join(read_groups(bucket), read_groups(dump))):
            if number % _TELL_EVERY == 0:
                tell(number)
            if entries:
                counts.entries += 1
                counts.repeated_entries += len(entries) - 1
            if not objects:
                yield from self._judge_entry(ids)
            elif entries and len(objects) == 1 and self.take_same is None:  # nearly all: the quick way
                counts.indexed += 1
                counts.listed += 1
                counts.same += 1
            else:
                yield from self._judge_objects(ids, objects, is_indexed=bool(entries))

    def _judge_objects(self, ids: bytes, rests: Sequence[bytes], *, is_indexed: bool) -> Iterator[Difference]:
        product_id, pic_name = split_ids(ids)
        lines = [read_rest(pic_name, rest) for rest in rests]
        by_key = {line.key: line for line in lines}  # a key that comes twice counts once
        self.counts.listed += len(by_key)
        self.counts.repeated_keys += len(lines) - len(by_key)
        self.counts.indexed += is_indexed
        if is_indexed:
            self.counts.same += len(by_key)
            for key in by_key if self.take_same else ():
                self.take_same(key)  # type: ignore[misc]  # it is asked for in the line above
            return
        if ids.startswith(NO_PRODUCT):
            yield from (_make(Symbol.NOT_OURS, line, None, line.why) for line in by_key.values())
            return
        letters = self.letters.find(ids)
        for line in by_key.values():
            symbol, why = self._judge(line, [letter for letter in letters if letter.key == line.key])
            yield _make(symbol, line, (product_id, pic_name), why)

    def _judge(self, line: BucketLine, letters: Sequence[Known]) -> tuple[Symbol, str]:
        said = [letter.judge(line.listed) for letter in letters]
        if rejected := next((why for is_rejected, why in said if is_rejected), None):
            return Symbol.REJECTED, rejected
        if why := self.rules.why_waiting(line.last_modified):
            return Symbol.WAITING, why
        return Symbol.MISSING, said[0][1] if said else "not in the index, and no letter says why"

    def _judge_entry(self, ids: bytes) -> Iterator[Difference]:
        product_id, pic_name = split_ids(ids)
        key = self.rules.finder.find(product_id, pic_name)
        if key is not None and not key.startswith(self.rules.prefix):
            self.counts.elsewhere += 1
            return
        self.counts.indexed += 1
        symbol, why = (Symbol.FOREIGN, NO_KEY) if key is None else (Symbol.ORPHANED, "its object is gone")
        yield Difference(symbol, key, product_id, pic_name, why=why)


def _make(symbol: Symbol, line: BucketLine, ids: tuple[str, str] | None, why: str) -> Difference:
    product_id, pic_name = ids or (None, None)
    return Difference(symbol, line.key, product_id, pic_name, line.etag, line.last_modified, why)
