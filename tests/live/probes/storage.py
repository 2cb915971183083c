"""Probes of S3: versions, archives, and what strangers are told. They make buckets of their own."""

import urllib.request
from urllib.error import HTTPError

from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from tests.live.account import Account
from tests.live.probe import AWS, Finding, cannot_tell, judge, probe

_PLACE = "x-amz-bucket-region"


@probe(
    "AWS-13",
    AWS,
    "1 bucket, 2 objects; one of them in GLACIER, which costs less than a cent",
    leaves="keys of KMS, and buckets in other regions",
)
def ask_versions(account: Account) -> Finding:
    s3, bucket = account.aws("s3"), account.new_bucket()
    store = S3ObjectStore(s3)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="one.jpg", Body=b"first")
    s3.put_object(Bucket=bucket, Key="one.jpg", Body=b"second")
    latest = store.fetch(ObjectRef("aws", bucket, "one.jpg"), 100)
    s3.delete_object(Bucket=bucket, Key="one.jpg")
    is_gone = store.fetch(ObjectRef("aws", bucket, "one.jpg"), 100) is None
    s3.put_object(Bucket=bucket, Key="cold.jpg", Body=b"cold", StorageClass="GLACIER")
    try:
        store.fetch(ObjectRef("aws", bucket, "cold.jpg"), 100)
    except IngestError as error:
        archived = error.reason.code
    else:
        archived = "read"
    is_latest = latest is not None and latest.data == b"second"
    seen = f"latest version read: {is_latest}; gone behind a delete marker: {is_gone}; GLACIER: {archived}"
    return judge(is_latest and is_gone and archived == Reason.OBJECT_ARCHIVED.code, seen)


@probe("AWS-16", AWS, "1 bucket, 1 unsigned HEAD request", leaves="unused functions, and when metrics are there")
def ask_region(account: Account) -> Finding:
    s3, bucket = account.aws("s3"), account.new_bucket()
    url = f"{s3.meta.endpoint_url}/{bucket}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=10) as answer:  # noqa: S310 - botocore's URL
            status, place = answer.status, answer.headers.get(_PLACE)
    except HTTPError as error:
        status, place = error.code, error.headers.get(_PLACE)
    except OSError as error:
        return cannot_tell(f"no answer: {error}")
    return judge(place == s3.meta.region_name, f"HEAD without a key: {status}, {_PLACE}: {place}")
