"""Read from a listing whether an object exists."""

from collections.abc import Sequence
from typing import NamedTuple

from imagesearch_ingest.model.objects import ObjectRef


class Listing(NamedTuple):
    """The first page of a listing that has an object's key as its prefix. A field that the page lacks is ``None``."""

    bucket: str | None
    keys: Sequence[str]
    key_count: int | None
    is_truncated: bool | None

    def proves_absence(self, ref: ObjectRef) -> bool:
        """Return whether no object has this key.

        S3 and OSS list keys in the order of their bytes, so a key that is the prefix itself comes first. A page of
        another bucket proves nothing, nor does one without keys that does not say so: it may be a proxy's. A page that
        is empty and truncated has only skipped old versions.
        """
        if self.bucket != ref.bucket:
            return False
        if self.keys:
            return self.keys[0] != ref.key and self.keys[0].startswith(ref.key)
        return self.key_count == 0 and self.is_truncated is False
