"""Choose which objects to read: those whose keys have the smallest hashes, which is a uniform sample that repeats."""

import hashlib
import heapq
from collections.abc import Iterable
from typing import Any

from imagesearch_ops.buckets.port import ListedObject

DEFAULT_SAMPLE = 300
MOST_SAMPLED = 100_000  # they are kept in memory; above it, --all reads the bucket as it is listed


class Sample:
    """The ``size`` objects whose keys have the smallest hashes. ``place`` makes the samples of two buckets differ."""

    def __init__(self, size: int, place: str) -> None:
        self._size = size
        self._seed = hashlib.blake2b(place.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._heap: list[tuple[int, ListedObject]] = []  # by the negative hash: the largest comes first

    def add(self, listed: ListedObject) -> None:
        """Take the object, if its hash is among the smallest so far."""
        rank = -self._hash(listed.key)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (rank, listed))
        elif self._size and rank > self._heap[0][0]:
            heapq.heapreplace(self._heap, (rank, listed))

    def objects(self) -> list[ListedObject]:
        """Return the sample in the order of its keys."""
        return sorted((listed for _, listed in self._heap), key=lambda one: one.key.encode("utf-8", "surrogatepass"))

    def to_json(self) -> list[Any]:
        return self.objects()

    def load(self, known: Iterable[Iterable[Any]]) -> None:
        """Take what ``to_json`` gave."""
        for fields in known:
            self.add(ListedObject(*fields))

    def _hash(self, key: str) -> int:
        data = key.encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(data, digest_size=8, key=self._seed).digest())
