"""The ledger that must balance after a run: each uploaded object is where it belongs, or a dead letter says why not.

The ledger compares the uploads, the index and the dead letters, and does not read the function's log. The number in a
picture's pixels shows which upload is in the index.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.chaos_real.numbered import number_in
from tests.chaos_real.uploads import EXCLUDE, Upload

LAST_RECEIVE = 8
Letter = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A picture of the index. ``number`` is ``None`` if its pixels contain none."""

    product_id: str
    pic_name: str
    number: int | None


@dataclass(slots=True)
class Ledger:
    """``history`` holds the changes of each key in order: uploads, and ``None`` for a removal."""

    history: dict[str, list[Upload | None]] = field(default_factory=dict)

    def note(self, key: str, upload: Upload | None) -> None:
        self.history.setdefault(key, []).append(upload)

    def latest(self, key: str) -> Upload | None:
        """Return the latest upload, even if it was removed."""
        return next((upload for upload in reversed(self.history.get(key, [])) if upload), None)

    def problems(self, index: Sequence[Held], letters: Sequence[Letter]) -> list[str]:
        """Return every problem; none if the ledger balances."""
        held = {entry.pic_name: entry for entry in index}
        by_key: dict[str, list[Letter]] = {}
        found = [f"{entry} is in the index twice" for entry in index if held[entry.pic_name] is not entry]
        found += [f"{name!r} is in the index and was never uploaded" for name in held.keys() - self.history.keys()]
        for letter in letters:
            key = (letter["source"] or {}).get("key")
            by_key.setdefault(key, []).append(letter)
            found += [f"{key!r}: a letter {why}: {_short(letter)}" for why in self._untrue(key, letter)]
        for key in self.history:
            found += [f"{key!r}: {why}" for why in self._faults(key, held.get(key), by_key.get(key, []))]
        return found

    def _untrue(self, key: str, letter: Letter) -> Iterator[str]:
        uploads = [upload for upload in self.history.get(key, []) if upload]
        if letter["class"] == "transient":
            if letter["receive_count"] < LAST_RECEIVE:
                yield "was written too soon"
        elif letter["class"] != "permanent":
            yield f"for a fault that is {letter['class']}"
        elif not any(upload.reason == letter["code"] and _is_of(letter, upload) for upload in uploads):
            yield "gives an untrue reason"

    def _faults(self, key: str, held: Held | None, letters: Sequence[Letter]) -> Iterator[str]:
        now = self.history[key][-1]
        uploads = [upload for upload in self.history[key] if upload]
        shown = f"the index has number {held.number}" if held else "the index has nothing"
        if held and held.product_id != product_of(key):
            yield f"it is under the product {held.product_id}"
        if fnmatchcase(key, EXCLUDE):
            if held or letters:
                yield f"it was to be skipped, and {shown}, with {len(letters)} letters"
        elif now is None:
            if held and not _explains(letters, None):
                yield f"it was removed, and {shown}"
        elif now.reason is None:
            yield from self._check_good_upload(now, held, letters, shown)
        elif not any(letter["code"] == now.reason and _is_of(letter, now) for letter in letters):
            yield f"number {now.number} ({now.reason}) has no letter"
        if held and held.number not in {upload.number for upload in uploads if upload.reason is None}:
            yield f"{shown}, which is not one of its good pictures"

    def _check_good_upload(
        self, now: Upload, held: Held | None, letters: Sequence[Letter], shown: str
    ) -> Iterator[str]:
        mine = [letter for letter in letters if _explains([letter], now)]
        if held is None or held.number != now.number:
            if not mine:
                yield f"number {now.number} is in the bucket, {shown}, and no letter says why"
        elif any(letter["index_holds"] == "previous" for letter in mine):
            yield f"number {now.number} is in the index, and a letter says that it is not"


def index_of(cloud: Any) -> list[Held]:
    entries = cloud.image_search.entries()
    return [Held(entry.product_id, entry.pic_name, number_in(entry.perceptual_hash)) for entry in entries]


def product_of(key: str) -> str:
    """Return the folder that holds the picture (docs/design.md, section 1)."""
    return key.split("/")[-2]


def counts(letters: Iterable[Letter]) -> dict[str, int]:
    """Count the letters by reason. A letter that was written twice counts once."""
    return dict(Counter(code for _, code in {(letter["record_id"], letter["code"]) for letter in letters}))


def _explains(letters: Sequence[Letter], upload: Upload | None) -> bool:
    """Return whether a letter says that this content failed to the end. After a removal, any content counts."""
    return any(letter["class"] == "transient" and (upload is None or _is_of(letter, upload)) for letter in letters)


def _is_of(letter: Letter, upload: Upload) -> bool:
    etag = letter["source"]["etag"]
    return etag is None or etag.lower() == upload.etag


def _short(letter: Letter) -> str:
    return ", ".join(f"{name}={letter[name]}" for name in ("code", "receive_count", "index_holds", "message"))
