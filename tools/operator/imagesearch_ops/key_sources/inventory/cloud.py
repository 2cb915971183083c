"""Read an inventory from its bucket, without a copy of it on this machine."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.opening import open_bucket
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.checked import CheckedStream, check_size
from imagesearch_ops.key_sources.inventory.manifest import LARGEST_MANIFEST, DataFile, Manifest, parse_manifest
from imagesearch_ops.key_sources.inventory.rows import read_rows
from imagesearch_ops.stores import bucket_client, open_store
from imagesearch_ops.terminal_text import printable

_BLOCK = 8_388_608  # bytes; each is asked for by itself, so that a broken connection repeats only one


class RangeReader(Protocol):
    """Read the bytes of an object from ``start`` up to ``stop``. Raise ``IngestError``."""

    def __call__(self, ref: ObjectRef, start: int, stop: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class InventoryObjects:
    """A manifest whose data files are objects of its destination bucket."""

    manifest: Manifest
    reader: RangeReader
    patience: Patience

    @classmethod
    def find(cls, url: BucketUrl, deployment: Deployment) -> Self:
        """Return the inventory. Raise ``InputError`` if an object of it is missing or has the wrong size."""
        ref, name = url.ref, printable(str(url))
        found = open_bucket(str(url._replace(key="")), deployment).bucket.fetch(ref.key, LARGEST_MANIFEST)
        if found is None:
            raise InputError(f"{name}: there is no such object.")
        manifest, patience = parse_manifest(found.data, name), Patience()
        store = open_store(manifest.cloud, deployment)
        for file in manifest.files:
            state = patience(partial(store.head, _ref(manifest, file)))
            if state is None:
                raise InputError(f"{name}: the data file {_describe(_ref(manifest, file))} is missing.")
            check_size(state.size, file, manifest)
        return cls(manifest, _open_reader(manifest.cloud, deployment), patience)

    def objects(self, prefix: str) -> Iterator[ListedObject]:
        """Yield the objects whose keys begin with ``prefix``.

        Raise ``InputError`` for a damaged file, by its MD5 at the end of it, and ``IngestError``.
        """
        for file in self.manifest.files:
            with CheckedStream(self._read_blocks(file)) as stream:
                yield from read_rows(io.BufferedReader(stream, _BLOCK), file, self.manifest, prefix)
                stream.check(file, self.manifest)

    def _read_blocks(self, file: DataFile) -> Iterator[bytes]:
        ref = _ref(self.manifest, file)
        for start in range(0, file.size, _BLOCK):
            yield self.patience(partial(self._read_block, ref, start, min(start + _BLOCK, file.size)))

    def _read_block(self, ref: ObjectRef, start: int, stop: int) -> bytes:
        data = self.reader(ref, start, stop)
        if len(data) != stop - start:
            detail = f"{_describe(ref)}: {len(data)} bytes came instead of {stop - start}"
            raise IngestError(Reason.NETWORK, detail)
        return data


def _ref(manifest: Manifest, file: DataFile) -> ObjectRef:
    return ObjectRef(manifest.cloud, manifest.destination_bucket, file.key)


def _describe(ref: ObjectRef) -> str:
    return printable(str(BucketUrl(ref.cloud, ref.bucket, ref.key)))


def _open_reader(cloud: str, deployment: Deployment) -> RangeReader:
    client = bucket_client(cloud, deployment)
    if cloud == "aws":
        from imagesearch_ops.buckets.s3 import read_s3_range  # noqa: PLC0415 - the SDKs take a second to import

        return partial(read_s3_range, client)
    from imagesearch_ops.buckets.oss import read_oss_range  # noqa: PLC0415 - as above

    return partial(read_oss_range, client)
