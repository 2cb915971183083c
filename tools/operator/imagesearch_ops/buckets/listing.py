"""Read a listing page by page, and believe only one that can be right.

Every page is asked for by the last key of the page before it (StartAfter). So a listing can go on after any key, also
in another process. It has ended when a page without keys says that nothing follows: a page with keys may be wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, SourceImage
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.buckets.port import ListedObject, ListingError
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

PAGE = 1000  # objects; the most that S3 and OSS return at once


class Answer(NamedTuple):
    """One answer of ListObjectsV2, decoded. A field that the answer lacks is ``None``."""

    bucket: str | None
    objects: Sequence[ListedObject]
    key_count: int | None
    is_truncated: bool | None
    token: str | None


class Lister(Protocol):
    """One request for a page. Raise ``IngestError``."""

    def __call__(self, prefix: str, after: str, token: str | None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class CloudBucket:
    """A ``Bucket`` of S3 or OSS. ``name`` is the bucket's, and ``cloud`` is as in ``ObjectRef``."""

    cloud: str
    name: str
    lister: Lister
    store: ObjectStore
    patience: Patience

    def pages(self, prefix: str, after: str) -> Iterator[Sequence[ListedObject]]:
        """Yield the pages of the listing."""
        tokens: set[str] = set()
        token: str | None = None
        while True:
            answer = self._ask(prefix, after, token)
            if answer.objects:
                self._check_order(answer.objects, prefix, after)
                yield answer.objects
                after, token = answer.objects[-1].key, None
                tokens.clear()
            elif not answer.is_truncated:
                return
            else:  # only old versions or delete markers were passed over
                token = answer.token
                if not token or token in tokens:
                    raise self._refuse("a page is empty, and does not say how to go on")
                tokens.add(token)

    def fetch(self, key: str, max_bytes: int) -> SourceImage | None:
        """Return the object as it is now."""
        ref = ObjectRef(self.cloud, self.name, key)
        return self.patience(lambda: self.store.fetch(ref, max_bytes))

    def close(self) -> None:
        """Stop waiting."""
        self.patience.stop()

    def _ask(self, prefix: str, after: str, token: str | None) -> Answer:
        try:
            answer = self.patience(lambda: self.lister(prefix, after, token))
        except IngestError as error:
            if error.reason is Reason.EVENT_MALFORMED:
                raise InputError(f"{printable(self.name)}: no bucket can have this name") from None
            raise
        if answer.bucket != self.name:
            raise self._refuse(f"the answer is about the bucket {printable(str(answer.bucket))}")
        if answer.is_truncated is None or answer.key_count != len(answer.objects):
            raise self._refuse("a page does not say how many keys it has, or whether more follow")
        return answer

    def _check_order(self, objects: Sequence[ListedObject], prefix: str, after: str) -> None:
        earlier = _sort_key(after) if after else b""
        for one in objects:
            key = _sort_key(one.key)
            if not one.key.startswith(prefix):
                raise self._refuse(f"the key {printable(one.key)} does not begin with the prefix")
            if key <= earlier:
                raise self._refuse(f"the key {printable(one.key)} comes again, or after a later one")
            earlier = key

    def _refuse(self, why: str) -> ListingError:
        return ListingError(f"the listing of {self.name} cannot be trusted: {why}. Nothing was concluded from it.")


def _sort_key(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
