"""List the objects of an OSS bucket, and read parts of them."""

from contextlib import closing

import alibabacloud_oss_v2 as oss

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import translate_errors
from imagesearch_ingest.model.codes import BUCKET_FORBIDDEN
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.buckets.listing import PAGE, Answer, CloudBucket
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.buckets.port import ListedObject

_CODES = {**OSS, "AccessDenied": BUCKET_FORBIDDEN}


def open_oss(client: oss.Client, name: str) -> CloudBucket:
    """Return the bucket."""

    def list_page(prefix: str, after: str, token: str | None) -> Answer:
        # The SDK asks for keys in URL encoding, and decodes them.
        request = oss.ListObjectsV2Request(
            bucket=name,
            prefix=prefix,
            max_keys=PAGE,
            start_after=None if token else after or None,
            continuation_token=token,
        )
        with translate_errors(f"listing oss://{name}", _CODES):
            page = client.list_objects_v2(request)
            objects = [_read(found) for found in page.contents or ()]
        return Answer(page.name, objects, page.key_count, page.is_truncated, page.next_continuation_token)

    return CloudBucket("alibaba", name, list_page, OssObjectStore(client), Patience())


def read_oss_range(client: oss.Client, ref: ObjectRef, start: int, stop: int) -> bytes:
    """Return the bytes of an object from ``start`` up to ``stop``. Raise ``IngestError``."""
    request = oss.GetObjectRequest(ref.bucket, ref.key, range_header=f"bytes={start}-{stop - 1}")
    with translate_errors(f"reading oss://{ref.bucket}", _CODES), closing(client.get_object(request).body) as body:
        return b"".join(body.iter_bytes())


def _read(found: oss.ObjectProperties) -> ListedObject:
    etag, storage_class = (found.etag or "").strip('"').upper(), found.storage_class or "Standard"
    modified = found.last_modified.timestamp() if found.last_modified else None
    return ListedObject(found.key or "", found.size or 0, etag, storage_class, modified)
