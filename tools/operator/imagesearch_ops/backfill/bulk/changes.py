"""Find what changed in the source while a bulk import ran, so that the function can look at it once more.

The import writes what was read before. A picture that was replaced meanwhile would stay old, and one that was removed
would come back.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge


@dataclass(frozen=True, slots=True)
class Changes:
    """Compare the source, listed again, with the pictures in ``staged``: both in the order of their keys.

    ``since`` is the start of the run, by the clock of OSS. Keys beyond ``until`` were not part of it, unless it is
    empty.
    """

    place: Place
    staged: Path
    judge: KeyJudge
    since: float
    until: str

    def keys(self) -> Iterator[str]:
        """Yield the keys that were written, replaced or removed since. Raise ``ListingError`` and ``IngestError``."""
        listed, staged = self._listed(), self._staged()
        here, there = next(listed, None), next(staged, None)
        while here or there:
            if there and (here is None or _order(there[0]) < _order(here.key)):
                yield there[0]
                there = next(staged, None)
            elif here:
                known = there[1] if there and there[0] == here.key else None
                if self._is_changed(here, known):
                    yield here.key
                while there and there[0] == here.key:
                    there = next(staged, None)
                here = next(listed, None)

    def _is_changed(self, here: ListedObject, known: str | None) -> bool:
        is_younger = here.last_modified is None or here.last_modified >= int(self.since)
        if known is None:
            return is_younger and isinstance(self.judge.judge(here), ImageIdentity)
        return is_younger or here.etag != known

    def _listed(self) -> Iterator[ListedObject]:
        for page in self.place.bucket.pages(self.place.prefix, ""):
            for one in page:
                if self.until and _order(one.key) > _order(self.until):
                    return
                yield one

    def _staged(self) -> Iterator[tuple[str, str]]:
        with self.staged.open(encoding="ascii") as lines:
            for text in lines:
                line = json.loads(text)
                yield line["key"], line["etag"]


def _order(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
