"""Write the objects of a bucket as lines to sort, and read such lines.

A line holds the IDs, the key, the ETag, the time in Unix seconds, and why the rule refuses the key. The key is left out
where it is the PicName. A key that the rule refuses has no ProductId, and stands in place of the PicName.
"""

from typing import NamedTuple

from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.audit.run_lines import FIELD, escape, join_ids, unescape
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import Refusal


class BucketLine(NamedTuple):
    """What a line says of an object besides its IDs. ``why`` is empty unless the rule refuses the key."""

    key: str
    etag: str
    last_modified: float | None
    why: str

    @property
    def listed(self) -> ListedObject:
        """Return the object, without its size and storage class."""
        return ListedObject(self.key, 0, self.etag, "", self.last_modified)


def write_line(listed: ListedObject, verdict: ImageIdentity | Refusal) -> bytes:
    """Return the line of an object."""
    if isinstance(verdict, Refusal):
        product_id, pic_name, why = "", listed.key, f"{verdict.reason.code}: {verdict.detail}"
    else:
        product_id, pic_name, why = verdict.product_id, verdict.pic_name, ""
    key = "" if pic_name == listed.key else listed.key
    etag, time = listed.etag, "" if listed.last_modified is None else listed.last_modified
    if f"{product_id}{pic_name}{key}{etag}{why}".isprintable():  # nearly all are, and this is the quick way
        return f"{product_id}\x01{pic_name}\t{key}\t{etag}\t{time}\t{why}\n".encode()
    fields = (join_ids(product_id, pic_name), escape(key), escape(etag), str(time).encode(), escape(why))
    return FIELD.join(fields) + b"\n"


def read_rest(pic_name: str, rest: bytes) -> BucketLine:
    """Return what follows the IDs of a line."""
    key, etag, time, why = rest.rstrip(b"\n").split(FIELD)
    return BucketLine(unescape(key) or pic_name, unescape(etag), float(time) if time else None, unescape(why))
