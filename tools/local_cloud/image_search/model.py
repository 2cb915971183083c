"""The instance and its index: state and rules, no HTTP."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from local_cloud.image_search.errors import ApiRefusal
from local_cloud.image_search.limits import Attributes
from local_cloud.image_search.perceptual_hash import similarity

Ids = tuple[str, str]


@dataclass(frozen=True)
class Instance:
    """``capacity`` in pictures, ``rate`` in AddImage calls a second, ``created`` in seconds since 1970."""

    name: str
    region: str
    capacity: int
    rate: float
    created: float


@dataclass(frozen=True)
class Entry:
    """A picture of the index. ``attributes`` holds what the call gave, by the names of its parameters."""

    product_id: str
    pic_name: str
    picture: bytes = field(repr=False)
    width: int
    height: int
    format: str
    perceptual_hash: int
    attributes: Attributes

    @property
    def ids(self) -> Ids:
        return self.product_id, self.pic_name


class Storage(Protocol):
    """Where an index outlives its process."""

    def load(self) -> Iterable[Entry]: ...
    def save(self, entry: Entry) -> None: ...
    def remove(self, entry: Entry) -> None: ...


class Index:
    def __init__(self, instance: Instance, storage: Storage | None = None) -> None:
        self.instance = instance
        self._storage = storage
        self._entries: dict[Ids, Entry] = {}
        self._lock = threading.RLock()

    def load(self) -> None:
        with self._lock:
            if self._storage is not None:
                self._entries = {entry.ids: entry for entry in self._storage.load()}

    def add(self, entry: Entry) -> None:
        """The same ids overwrite (AddImage reference, "PicName"), in a full instance too."""
        with self._lock:
            if entry.ids not in self._entries and len(self._entries) >= self.instance.capacity:
                raise ApiRefusal("InstanceOverQuota")
            if self._storage is not None:
                self._storage.save(entry)
            self._entries[entry.ids] = entry

    def delete(self, product_id: str, pic_name: str | None) -> list[str]:
        """Without a name the whole product; what is not there counts as deleted (DeleteImage reference)."""
        with self._lock:
            doomed = [
                entry
                for entry in self._entries.values()
                if entry.product_id == product_id and pic_name in (None, entry.pic_name)
            ]
            for entry in doomed:
                self._remove(entry)
            return [entry.pic_name for entry in doomed]

    def find(self, product_id: str, pic_name: str) -> Entry | None:
        with self._lock:
            return self._entries.get((product_id, pic_name))

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())

    def ranked(self, perceptual_hash: int) -> list[tuple[float, Entry]]:
        """Every entry with its score from 0 to 1, the most similar first, ties by ids."""
        scored = [(similarity(perceptual_hash, entry.perceptual_hash), entry) for entry in self.entries()]
        return sorted(scored, key=lambda one: (-one[0], one[1].ids))

    def clear(self) -> None:
        with self._lock:
            for entry in self.entries():
                self._remove(entry)

    def _remove(self, entry: Entry) -> None:
        if self._storage is not None:
            self._storage.remove(entry)
        del self._entries[entry.ids]
