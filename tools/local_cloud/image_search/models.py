"""The instance and its index: state and rules, without HTTP."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.limits import Attributes
from local_cloud.image_search.perceptual_hash import similarity

Ids = tuple[str, str]


@dataclass(frozen=True)
class Instance:
    """An instance. ``capacity`` is in pictures, ``rate`` in AddImage calls per second, ``created`` in Unix seconds."""

    name: str
    region: str
    capacity: int
    rate: float
    created: float


@dataclass(frozen=True)
class Entry:
    """A picture in the index. ``attributes`` holds the call's other parameters by their names."""

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
    """A place that keeps the entries after the process ends."""

    def load(self) -> Iterable[Entry]: ...
    def save(self, entry: Entry) -> None: ...
    def remove(self, entry: Entry) -> None: ...


class Index:
    """The entries of one instance, safe for several threads."""

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
        """Add or overwrite an entry (AddImage reference, "PicName"). A full instance allows only overwriting."""
        with self._lock:
            if entry.ids not in self._entries and len(self._entries) >= self.instance.capacity:
                raise ApiError("InstanceOverQuota")
            if self._storage is not None:
                self._storage.save(entry)
            self._entries[entry.ids] = entry

    def delete(self, product_id: str, pic_name: str | None) -> list[str]:
        """Delete one entry, or the whole product without a name, and return the names deleted.

        A missing entry is not an error (DeleteImage reference).
        """
        with self._lock:
            entries = [
                entry
                for entry in self._entries.values()
                if entry.product_id == product_id and pic_name in (None, entry.pic_name)
            ]
            for entry in entries:
                self._remove(entry)
            return [entry.pic_name for entry in entries]

    def find(self, product_id: str, pic_name: str) -> Entry | None:
        with self._lock:
            return self._entries.get((product_id, pic_name))

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())

    def rank(self, perceptual_hash: int) -> list[tuple[float, Entry]]:
        """Return every entry with its score from 0 to 1, the most similar first, ties ordered by IDs."""
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
