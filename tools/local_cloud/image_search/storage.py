"""Keep the index on disk: one file for each entry, a line of JSON followed by the picture.

With one file an entry appears and disappears in one step, and a change costs the same at any size of the index.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from local_cloud.image_search.models import Entry

_APPEARANCE = "appearance"
_SUFFIX = ".entry"
_UNFINISHED_SUFFIX = ".unfinished"


class FolderStorage:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> Iterator[Entry]:
        """Yield the saved entries. Raise ``ValueError`` if a file cannot be read."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob(f"*{_UNFINISHED_SUFFIX}"):
            leftover.unlink()
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            yield _decode(path)

    def save(self, entry: Entry) -> None:
        path = self._path(entry)
        unfinished = path.with_suffix(_UNFINISHED_SUFFIX)
        unfinished.write_bytes(_encode(entry))
        unfinished.replace(path)

    def remove(self, entry: Entry) -> None:
        self._path(entry).unlink(missing_ok=True)

    def _path(self, entry: Entry) -> Path:
        # Hashed, since IDs may contain any character and cannot name a file.
        return self._folder / (hashlib.sha256(json.dumps(entry.ids).encode()).hexdigest() + _SUFFIX)


def _encode(entry: Entry) -> bytes:
    header = {one.name: getattr(entry, one.name) for one in dataclasses.fields(entry) if one.name != "picture"}
    # In hexadecimal, since Python refuses to write so long a number in decimal.
    header[_APPEARANCE] = f"{entry.appearance:x}"
    return json.dumps(header).encode() + b"\n" + entry.picture


def _decode(path: Path) -> Entry:
    header, _, picture = path.read_bytes().partition(b"\n")
    try:
        fields = json.loads(header)
        return Entry(picture=picture, **fields | {_APPEARANCE: int(fields[_APPEARANCE], 16)})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not an entry of the local index: {error}. Delete the file") from error
