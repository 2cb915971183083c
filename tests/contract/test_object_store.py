"""The behaviour of every ObjectStore: the fake, and the adapters for S3 and OSS.

The adapters run against the local cloud, and in `make live` on a real account.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import ObjectStore
from local_cloud.aws import AwsServer
from local_cloud.oss import OssService
from tests.live.contract_subjects import find_live
from tests.support.fakes import FakeObjectStore

_CLOUDS = {"s3": "aws", "oss": "alibaba"}

NASTY_KEYS = [
    "a.jpg",
    "red shoes/a+b.jpg",
    "100%.jpg",
    "%41.jpg",
    "鞋/👟.jpg",
    "cafe\u0301.jpg",
    "a&b=c;d?.jpg",
    "a/../b.jpg",
    "a//./b.jpg",
    "x" * 200,
]


@dataclass
class Subject:
    store: ObjectStore
    put: Callable[..., None]
    remove: Callable[[str, str], None]
    bucket: str
    cloud: str = "aws"


def fake(bucket: str) -> Subject:
    store = FakeObjectStore()
    store.buckets[bucket] = {}
    return Subject(store, store.put, store.remove, bucket)


def s3(bucket: str, aws: AwsServer) -> Subject:
    client = aws.client("s3")
    client.create_bucket(Bucket=bucket)

    def put(bucket: str, key: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=data, Metadata=metadata or {})

    def remove(bucket: str, key: str) -> None:
        client.delete_object(Bucket=bucket, Key=key)

    return Subject(S3ObjectStore(client), put, remove, bucket)


def oss(bucket: str, service: OssService) -> Subject:
    service.make_bucket(bucket)
    uploader = service.uploader()
    return Subject(OssObjectStore(uploader.client), uploader.put, uploader.remove, bucket, "alibaba")


@pytest.fixture(scope="module")
def oss_service() -> Iterator[OssService]:
    with OssService(
        region="cn-shanghai", access_key_id="id", access_key_secret="secret", security_token="t"
    ) as service:
        yield service


@pytest.fixture(params=["fake", "s3", "oss"])
def subject(request: pytest.FixtureRequest, unique_name: str) -> Subject:
    live = find_live(request)
    if live:
        return Subject(*(live.s3() if request.param == "s3" else live.oss()), _CLOUDS[request.param])
    match request.param:
        case "s3":
            return s3(unique_name, request.getfixturevalue("aws"))
        case "oss":
            return oss(unique_name, request.getfixturevalue("oss_service"))
    return fake(unique_name)


def ref(subject: Subject, key: str = "a.jpg", bucket: str | None = None) -> ObjectRef:
    return ObjectRef(subject.cloud, bucket or subject.bucket, key)


@pytest.mark.parametrize("key", NASTY_KEYS)
def test_an_object_is_fetched_by_its_exact_key(subject: Subject, key: str) -> None:
    subject.put(subject.bucket, key, b"bytes", {"colour": "red"})
    source = subject.store.fetch(ref(subject, key), 100)
    assert source.data == b"bytes"
    assert dict(source.state.metadata) == {"colour": "red"}
    assert subject.store.head(ref(subject, key)) == source.state


def test_uploads_with_other_metadata_have_other_states(subject: Subject) -> None:
    """The states differ even within one second. Otherwise the index would keep the attributes of the first upload."""
    states = []
    for colour in ("red", "blue"):
        subject.put(subject.bucket, "a.jpg", b"bytes", {"colour": colour})
        states.append(subject.store.head(ref(subject)))
    assert states[0] != states[1]


def test_a_missing_key_is_none(subject: Subject) -> None:
    assert subject.store.fetch(ref(subject), 100) is None
    assert subject.store.head(ref(subject)) is None


def test_a_removed_key_is_none(subject: Subject) -> None:
    subject.put(subject.bucket, "a.jpg", b"bytes")
    subject.remove(subject.bucket, "a.jpg")
    assert subject.store.fetch(ref(subject), 100) is None
    assert subject.store.head(ref(subject)) is None


@pytest.mark.parametrize("method", ["fetch", "head"])
def test_a_missing_bucket_is_an_error(subject: Subject, method: str) -> None:
    missing = ref(subject, bucket=f"{subject.bucket}-missing")
    with pytest.raises(IngestError) as error:
        subject.store.fetch(missing, 100) if method == "fetch" else subject.store.head(missing)
    assert error.value.reason is Reason.BUCKET_MISSING
    assert error.value.service_code == "NoSuchBucket"


def test_a_larger_object_is_rejected(subject: Subject) -> None:
    subject.put(subject.bucket, "a.jpg", b"x" * 100)
    assert len(subject.store.fetch(ref(subject), 100).data) == 100
    with pytest.raises(IngestError) as error:
        subject.store.fetch(ref(subject), 99)
    assert error.value.reason is Reason.OBJECT_TOO_LARGE


def test_an_empty_object_exists(subject: Subject) -> None:
    subject.put(subject.bucket, "a.jpg", b"")
    assert subject.store.fetch(ref(subject), 100).data == b""
    assert subject.store.head(ref(subject)) is not None


def test_other_content_has_another_state(subject: Subject) -> None:
    subject.put(subject.bucket, "a.jpg", b"one")
    before = subject.store.head(ref(subject))
    subject.put(subject.bucket, "a.jpg", b"two")
    assert subject.store.head(ref(subject)) != before
