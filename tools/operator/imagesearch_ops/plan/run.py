"""Keep the state of a plan in its run folder, so that a plan that was killed can go on where it was."""

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import IO, Any

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.image_workers import Previews
from imagesearch_ops.key_judge import Refusal
from imagesearch_ops.plan.census import Census
from imagesearch_ops.plan.pictures import Line
from imagesearch_ops.plan.sampling import Sample
from imagesearch_ops.plan.tally import NOT_READ
from imagesearch_ops.previews import Preview
from imagesearch_ops.run_folder import RunFolder, write_whole

_SAMPLE, _OBJECTS, _PICTURES = "sample.jsonl", "objects.jsonl", "pictures.jsonl"
LISTING_FILES = (_SAMPLE,)
_SECONDS = 1.0  # between two records of how far the listing is
_SHARE_OF_TIME = 10  # recording a large sample takes at most one part in ten


class Listing:
    """The listing so far: counts, the last key, and the sample. It is recorded each second, as a whole.

    With ``sample`` as ``None``, every eligible object is taken, and is written as it comes.
    """

    def __init__(self, folder: RunFolder, sample: Sample | None) -> None:
        self._folder = folder
        self._sample = sample
        known: Mapping[str, Any] = folder.about.get("listing") or {}
        self.census = Census.from_json(known["census"]) if known else Census()
        self.last_key = str(folder.about.get("last_key") or "")
        self.is_complete = bool(known.get("complete"))
        if sample is not None and not self.is_complete:
            sample.load(known.get("sample", ()))
        self._objects = self._open_objects(known.get("written", 0)) if sample is None and not self.is_complete else None
        self._due = time.monotonic() + _SECONDS

    def add(self, listed: ListedObject, verdict: ImageIdentity | Refusal) -> None:
        """Take the next object of the listing."""
        self.census.add(listed, verdict)
        self.last_key = listed.key
        if isinstance(verdict, Refusal):
            return
        if self._sample is not None:
            self._sample.add(listed)
        elif self._objects:
            self._objects.write(_encode(listed))

    def record_if_due(self) -> None:
        """Record how far the listing is, unless that was done a moment ago."""
        begun = time.monotonic()
        if begun >= self._due:
            self._record()
            self._due = time.monotonic() + max(_SECONDS, _SHARE_OF_TIME * (time.monotonic() - begun))

    def finish(self) -> None:
        """Record that everything has been listed."""
        if self.is_complete:
            return
        if self._sample is not None:
            write_whole(self._folder.path / _SAMPLE, b"".join(map(_encode, self._sample.objects())))
        self.is_complete = True
        self._record()

    def close(self) -> None:
        if self._objects:
            self._objects.close()

    def _record(self) -> None:
        listing: dict[str, Any] = {"complete": self.is_complete, "census": self.census.to_json()}
        if self._objects:
            self._objects.flush()
            listing["written"] = self._objects.tell()
        if self._sample is not None and not self.is_complete:
            listing["sample"] = self._sample.to_json()
        self._folder.save(last_key=self.last_key, listing=listing)

    def _open_objects(self, written: int) -> IO[bytes]:
        """Open the file of all objects, without those that were written after the last record."""
        file = (self._folder.path / _SAMPLE).open("ab")
        file.truncate(written)
        file.seek(0, os.SEEK_END)
        return file


class Results:
    """What was found about the objects of the sample, in the order in which it was found."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._done = bytearray()

    def known(self) -> Iterator[tuple[Line, Previews]]:
        """Yield what an earlier process has found, each object once. An object that it could not read is missing."""
        pictures = {int(line["n"]): line for line in self._folder.read(_PICTURES)}
        for line in self._folder.read(_OBJECTS):
            n = int(line.pop("n"))
            if not self._is_done(n) and line["outcome"] != NOT_READ:
                self._mark(n)
                yield line, _decode_previews(pictures.pop(n, {}))

    def missing(self) -> Iterator[tuple[int, ListedObject]]:
        """Yield the objects of the sample about which nothing is known yet, with their numbers."""
        for n, line in enumerate(self._folder.read(_SAMPLE)):
            if not self._is_done(n):
                yield n, ListedObject(line["key"], line["bytes"], line["etag"], line["storage_class"])

    def count(self) -> int:
        """Return how many objects the sample has."""
        with (self._folder.path / _SAMPLE).open("rb") as file:
            return sum(1 for _ in file)

    def add(self, n: int, line: Line, previews: Previews) -> None:
        """Keep what was found. The pictures come first: without them, the object is looked at again."""
        if previews.before or previews.after:
            self._folder.append(_PICTURES, {"n": n, **_encode_previews(previews)})
        self._folder.append(_OBJECTS, {"n": n, **line})
        self._mark(n)

    def _is_done(self, n: int) -> bool:
        byte, bit = divmod(n, 8)
        return byte < len(self._done) and bool(self._done[byte] >> bit & 1)

    def _mark(self, n: int) -> None:
        byte, bit = divmod(n, 8)
        self._done.extend(bytes(max(0, byte + 1 - len(self._done))))
        self._done[byte] |= 1 << bit


def _encode(listed: ListedObject) -> bytes:
    fields = {"key": listed.key, "bytes": listed.size, "etag": listed.etag, "storage_class": listed.storage_class}
    return json.dumps(fields, ensure_ascii=True).encode() + b"\n"


def _encode_previews(previews: Previews) -> dict[str, Any]:
    return {
        name: {**preview._asdict(), "data": base64.b64encode(preview.data).decode()}
        for name, preview in previews._asdict().items()
        if preview
    }


def _decode_previews(line: Mapping[str, Any]) -> Previews:
    return Previews(*(_decode_preview(line.get(name)) for name in Previews._fields))


def _decode_preview(fields: Mapping[str, Any] | None) -> Preview | None:
    return Preview(**{**fields, "data": base64.b64decode(fields["data"])}) if fields else None
