"""Stand in for the local services of tests/contract: the same subjects, over the services of a real account."""

from collections.abc import Callable
from typing import Any

import pytest

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.model.images import Upload
from tests.live.account import Account

_MOST_ID = 256
_SEEN_SECONDS = 60.0


def find_live(request: pytest.FixtureRequest) -> "LiveSubjects | None":
    """Return the services of the account that `make live` asks, or ``None`` in every other run."""
    return getattr(request.config, "live", None)


class LiveIndex:
    """An ``ImageIndex`` that adds under ProductIds of this run, and remembers which pictures it was given.

    A test names the instance "demo" and products of any name. Other instances stay as they are.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._tag = account.new_name()
        self._pictures: dict[str, bytes] = {}
        self._ids: dict[tuple[str, str], tuple[str, str]] = {}
        self._expected: dict[tuple[str, str], bytes] = {}

    def upload(self, image: bytes) -> Upload:
        upload = self._account.index.upload(image)
        self._pictures[upload.url] = image
        return upload

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        sent = request.model_copy(update=self._real(request))
        self._ids[sent.product_id, sent.pic_name] = (request.product_id, request.pic_name)
        self._account.add_uploaded(upload, sent)
        self._expected[request.product_id, request.pic_name] = self._pictures[upload.url]

    def delete(self, request: DeleteImageRequest) -> None:
        self._account.index.delete(request.model_copy(update=self._real(request)))
        self._expected.pop((request.product_id, request.pic_name), None)

    def _real(self, request: AddImageRequest | DeleteImageRequest) -> dict[str, str]:
        name = request.instance_name
        return {
            "instance_name": self._account.settings.instance_name if name == "demo" else name,
            "product_id": f"{self._tag}.{request.product_id}"[:_MOST_ID],
        }

    def entries(self) -> dict[tuple[str, str], bytes]:
        """Return the entries by the IDs of the test. A change may take a while until it is seen, so wait for it."""
        self._account.wait_until(lambda: self._read() == self._expected, _SEEN_SECONDS)
        return self._read()

    def _read(self) -> dict[tuple[str, str], bytes]:
        """Look which entries there are. The picture of one is that whose search scores the entry highest."""
        found = {}
        for (product_id, pic_name), ids in self._ids.items():
            if self._account.instance.find(product_id, pic_name):
                found[ids] = max(self._pictures.values(), key=lambda one: self._score(one, product_id, pic_name))
        return found

    def _score(self, picture: bytes, product_id: str, pic_name: str) -> float:
        hits = self._account.instance.search_by_image(picture, num=100)
        own = (hit for hit in hits if (hit.product_id, hit.pic_name) == (product_id, pic_name))
        return max((hit.score or 0.0 for hit in own), default=0.0)


class LiveSubjects:
    """Make what the fixtures of the suites need, on a real account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def index(self) -> LiveIndex:
        return LiveIndex(self.account)

    def s3(self) -> tuple[Any, Callable[..., None], Callable[[str, str], None], str]:
        """Return an ``ObjectStore``, and how to put into and remove from its new bucket."""
        client, bucket = self.account.aws("s3"), self.account.new_bucket()

        def put(bucket: str, key: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
            client.put_object(Bucket=bucket, Key=key, Body=data, Metadata=metadata or {})

        def remove(bucket: str, key: str) -> None:
            client.delete_object(Bucket=bucket, Key=key)

        return S3ObjectStore(client), put, remove, bucket

    def oss(self) -> tuple[Any, Callable[..., None], Callable[[str, str], None], str]:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - it takes a second to import

        client, bucket = self.account.oss, self.account.new_oss_bucket()

        def put(bucket: str, key: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
            client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=data, metadata=metadata))

        def remove(bucket: str, key: str) -> None:
            client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))

        return OssObjectStore(client), put, remove, bucket

    def sqs(self, **attributes: str) -> tuple[Any, str]:
        """Return a client, and the URL of a new queue."""
        return self.account.aws("sqs"), self.account.new_queue(**attributes)

    def smq_letters(self) -> SmqDeadLetterQueue:
        name = self.account.new_smq_queue()
        return SmqDeadLetterQueue(
            f"{self.account.wanted.smq_endpoint}/queues/{name}",
            self.account.alibaba_key,
            connect_timeout=5,
            read_timeout=40,
            ca_bundle=self.account.environ.get("INGEST_CA_BUNDLE"),
        )
