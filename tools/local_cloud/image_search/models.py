"""The instance and its index: state and rules, without HTTP."""

import dataclasses
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from local_cloud.image_search.appearance import Likeness
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.kinds import KINDS, Kind
from local_cloud.image_search.limits import Attributes

Ids = tuple[str, str]
Ranked = list[tuple[float, "Entry"]]


@dataclass(frozen=True)
class Instance:
    """An instance.

    ``capacity`` is in pictures, ``qps`` in queries per second as purchased, ``created`` and ``expires`` in Unix
    seconds. ``service_type`` is a key of ``KINDS``.
    """

    name: str
    region: str
    capacity: int
    qps: int
    created: float
    expires: float
    service_type: str
    available: bool = True

    @property
    def kind(self) -> Kind:
        return KINDS[self.service_type]


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
    appearance: int = field(repr=False)
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
            self._put(entry)

    def update(self, product_id: str, pic_name: str | None, attributes: Attributes) -> int:
        """Change attributes of one entry, or of the whole product without a name, and return how many have changed.

        An attribute that is not given keeps its value. Whether the service does so is not documented.
        """
        with self._lock:
            entries = self._select(_has_ids(product_id, pic_name))
            for entry in entries:
                self._put(dataclasses.replace(entry, attributes=entry.attributes | attributes))
            return len(entries)

    def delete(self, product_id: str, pic_name: str | None) -> list[str]:
        """Delete one entry, or the whole product without a name, and return the names deleted.

        A missing entry is not an error (DeleteImage reference).
        """
        return self.delete_matching(_has_ids(product_id, pic_name))

    def delete_matching(self, matches: Callable[[Entry], bool]) -> list[str]:
        """Delete the entries that match, and return their names."""
        with self._lock:
            entries = self._select(matches)
            for entry in entries:
                self._remove(entry)
            return [entry.pic_name for entry in entries]

    def find(self, product_id: str, pic_name: str) -> Entry | None:
        with self._lock:
            return self._entries.get((product_id, pic_name))

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())

    def rank(self, appearance: int) -> Ranked:
        """Return every entry with its score from 0 to 1, the most similar first, ties ordered by IDs."""
        likeness = Likeness(appearance)
        return in_order((likeness.of(entry.appearance), entry) for entry in self.entries())

    def clear(self) -> None:
        self.delete_matching(lambda _: True)

    def _select(self, matches: Callable[[Entry], bool]) -> list[Entry]:
        return [entry for entry in self._entries.values() if matches(entry)]

    def _put(self, entry: Entry) -> None:
        if self._storage is not None:
            self._storage.save(entry)
        self._entries[entry.ids] = entry

    def _remove(self, entry: Entry) -> None:
        if self._storage is not None:
            self._storage.remove(entry)
        del self._entries[entry.ids]


def in_order(scored: Iterable[tuple[float, Entry]]) -> Ranked:
    """Return entries with their scores, the highest score first, ties ordered by IDs."""
    return sorted(scored, key=lambda one: (-one[0], one[1].ids))


def _has_ids(product_id: str, pic_name: str | None) -> Callable[[Entry], bool]:
    return lambda entry: entry.product_id == product_id and pic_name in (None, entry.pic_name)
