"""Use the staging bucket: a bucket of OSS that holds nothing but one run's pictures, under the keys of the source."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import alibabacloud_oss_v2 as oss

from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import translate_errors
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.model.codes import CREDENTIALS, CodeMapping
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.backfill.bulk.lines import CLAIM_KEY, META_KEY
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.buckets.port import ARCHIVES
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.stores import bucket_client
from imagesearch_ops.terminal_text import printable

R = TypeVar("R")

PART_BYTES = 16_000_000  # of increment.meta; OSS takes 10,000 parts of 100 KB to 5 GB (UploadPart reference)
_EXPECTED = CodeMapping(Reason.OBJECT_CHANGING, attempts=1)  # an answer to a question, and not a fault
_CODES = {
    **OSS,
    "AccessDenied": CREDENTIALS,
    "FileAlreadyExists": _EXPECTED,
    "NoSuchKey": _EXPECTED,
    "NoSuchUpload": _EXPECTED,
}
_PRIVATE = "private"
_CLAIM_BYTES = 200


class StagingBucket:
    """The bucket ``name``. Safe for several threads at once. Every method raises ``IngestError``."""

    def __init__(self, client: oss.Client, name: str, region: str) -> None:
        self._client = client
        self.name = name
        self._region = region
        self._patience = Patience()

    def check(self, run: str) -> bool:
        """Return whether the bucket is this run's already. Raise ``InputError`` if the run cannot use it."""
        self._check_bucket()
        keys = self._first_keys()  # before the claim is read: another run may begin right now
        owner = self._read_claim()
        if owner not in (None, run):
            raise InputError(
                f"{self} belongs to the run {printable(str(owner))}. Go on with it by --resume, or empty the bucket: "
                f"{self.removal}"
            )
        if owner is None and keys:
            raise InputError(
                f"{self} is not empty: it holds {printable(keys[0])}. Name an empty one: its objects could be imported."
            )
        return owner is not None

    def claim(self, run: str) -> float:
        """Reserve the bucket for a run. Return the time of that by the clock of OSS, in Unix seconds.

        Raise ``InputError`` if another run was quicker.
        """
        request = oss.PutObjectRequest(bucket=self.name, key=CLAIM_KEY, body=run.encode(), forbid_overwrite=True)
        try:
            self._ask(lambda: self._client.put_object(request))
        except IngestError as error:
            if error.service_code != "FileAlreadyExists":
                raise
        if (owner := self._read_claim()) != run:
            raise InputError(f"{self} was taken by the run {printable(str(owner))} just now. Name another bucket.")
        found = self._ask(lambda: self._client.head_object(oss.HeadObjectRequest(bucket=self.name, key=CLAIM_KEY)))
        if found.last_modified is None:
            raise IngestError(Reason.SERVICE_UNAVAILABLE, f"{self} does not say when an object was written")
        return float(found.last_modified.timestamp())

    def put(self, key: str, data: bytes) -> None:
        """Write a prepared picture in one attempt: the caller repeats it."""
        kind = f"image/{sniff(data).title.lower()}"
        with translate_errors(self._action("writing to"), _CODES):
            self._client.put_object(oss.PutObjectRequest(bucket=self.name, key=key, body=data, content_type=kind))

    def put_meta(self, path: Path, size: int, upload_id: str | None, remember: Callable[[str], None]) -> None:
        """Write the first ``size`` bytes of a file as increment.meta, in parts: it is there whole or not at all.

        ``upload_id`` is that of an attempt that was killed: it is given up. ``remember`` gets the new one.
        """
        where: dict[str, Any] = {"bucket": self.name, "key": META_KEY}
        if upload_id:
            self._abort(upload_id)
        begun = self._ask(lambda: self._client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**where)))
        where["upload_id"] = begun.upload_id
        remember(str(begun.upload_id))
        parts: list[oss.UploadPart] = []
        with path.open("rb") as file:
            while data := file.read(min(PART_BYTES, size - file.tell())):
                request = oss.UploadPartRequest(**where, part_number=len(parts) + 1, body=data)
                sent = self._ask(lambda request=request: self._client.upload_part(request))  # type: ignore[misc]
                parts.append(oss.UploadPart(part_number=len(parts) + 1, etag=sent.etag))
        whole = oss.CompleteMultipartUploadRequest(
            **where, complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts)
        )
        self._ask(lambda: self._client.complete_multipart_upload(whole))

    def close(self) -> None:
        """Let no call wait any longer."""
        self._patience.stop()

    @property
    def removal(self) -> str:
        """Return the command that empties the bucket."""
        return f"ossutil rm {self}/ -r -f"

    def __str__(self) -> str:
        return f"oss://{self.name}"

    def _check_bucket(self) -> None:
        try:
            answer = self._ask(lambda: self._client.get_bucket_info(oss.GetBucketInfoRequest(bucket=self.name)))
        except IngestError as error:
            if error.reason is Reason.EVENT_MALFORMED:
                raise InputError(f"{printable(self.name)}: no bucket can have this name") from None
            if error.reason is not Reason.BUCKET_MISSING:
                raise
            where = "" if error.service_code == "NoSuchBucket" else ": it is in another region"
            raise InputError(
                f"there is no bucket {printable(self.name)} in {self._region}{where}. Image Search reads only buckets "
                "in the region of its instance. Create one there."
            ) from None
        info = answer.bucket_info or oss.BucketInfo()
        if info.location != f"oss-{self._region}":
            raise InputError(
                f"{self} is in {info.location}, and the instance in {self._region}. Image Search reads only buckets in "
                "its own region. Create one there."
            )
        if info.acl != _PRIVATE:
            raise InputError(f"{self} is {info.acl}: everybody could read the pictures. Make the bucket private.")
        if info.storage_class in ARCHIVES:
            raise InputError(f"{self} has the storage class {info.storage_class}, which cannot be read. Use Standard.")

    def _first_keys(self) -> list[str]:
        request = oss.ListObjectsV2Request(bucket=self.name, max_keys=2)
        page = self._ask(lambda: self._client.list_objects_v2(request))
        return [found.key or "" for found in page.contents or () if found.key != CLAIM_KEY]

    def _read_claim(self) -> str | None:
        """Return the run that has reserved the bucket, or ``None``."""
        request = oss.GetObjectRequest(bucket=self.name, key=CLAIM_KEY)

        def read() -> str:
            answer = self._client.get_object(request)
            with answer.body:
                return str(answer.body.content[:_CLAIM_BYTES], "utf-8", "replace")

        try:
            return self._ask(read)
        except IngestError as error:
            if error.service_code == "NoSuchKey":
                return None
            raise

    def _abort(self, upload_id: str) -> None:
        request = oss.AbortMultipartUploadRequest(bucket=self.name, key=META_KEY, upload_id=upload_id)
        try:
            self._ask(lambda: self._client.abort_multipart_upload(request))
        except IngestError as error:
            if error.service_code != "NoSuchUpload":  # it was completed
                raise

    def _ask(self, call: Callable[[], R]) -> R:
        def translated() -> R:
            with translate_errors(self._action("using"), _CODES):
                return call()

        return self._patience(translated)

    def _action(self, verb: str) -> str:
        return f"{verb} {printable(str(self))}"


def open_staging(name: str, settings: Settings, deployment: Deployment) -> StagingBucket:
    """Return the bucket. The endpoint of the settings is the source's: it serves only a bucket of the same region."""
    region, environ = settings.instance_region, dict(deployment.environ)
    if environ.get("FC_REGION", region) != region:
        environ.pop(variable("bucket_endpoint"), None)
    there = replace(deployment, environ=environ | {"FC_REGION": region})
    return StagingBucket(bucket_client("alibaba", there), name, region)
