"""The rule of template.ros.yaml on the local cloud: each change of the bucket reaches the queue, and nothing else does.

The stack is named as the local queue, so that its rule sends to the local queues.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.events import parse_fc_event
from imagesearch_ingest.model.objects import ChangeKind
from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.triggers.event_stream import to_cloud_event
from tests.deployment.ros.stack import SOURCE, Stack, read
from tests.support.oss_events import as_text
from tests.support.pictures import jpeg

TEMPLATE = SOURCE.read_text(encoding="utf-8")
BUCKET, OTHER = "pictures", "pictures-2"
ODD = ["red mugs/a b.jpg", "cups/a+b %2B.jpg", "鞋/1.jpg", "👟/cafe\u0301.jpg", "quote\"'\\.jpg", "top.jpg"]
PART_BYTES = 100 * 1024  # the smallest part that is not the last


class StackCloud(AlibabaCloud):
    """A local cloud whose rule is that of a stack."""

    stack: Stack

    def rule_properties(self) -> dict[str, Any]:
        return self.stack.of_type("ALIYUN::EventBridge::Rule")["UploadRule"]


@contextmanager
def deployed(text: str = TEMPLATE, **parameters: str) -> Iterator[StackCloud]:
    given = {"ExistingBucketName": BUCKET} | parameters
    cloud = StackCloud(with_function=False)
    cloud.stack = Stack(read(text), QUEUE, **given)
    with cloud:
        cloud.oss.make_bucket(OTHER)
        yield cloud


class Bucket:
    """A bucket through the real SDK."""

    def __init__(self, cloud: AlibabaCloud, name: str = BUCKET) -> None:
        environ = cloud.environ()
        self._name = name
        self._client = oss_client(
            EnvironmentCredentials(environ),
            region=environ["FC_REGION"],
            endpoint=environ["INGEST_BUCKET_ENDPOINT"],
            ca_bundle=Path(environ["INGEST_CA_BUNDLE"]),
        )

    def put(self, *keys: str) -> None:
        for key in keys:
            self._client.put_object(oss.PutObjectRequest(self._name, key, body=jpeg()))

    def copy(self, key: str, to: str) -> None:
        self._client.copy_object(oss.CopyObjectRequest(self._name, to, source_bucket=self._name, source_key=key))

    def append(self, key: str) -> None:
        self._client.append_object(oss.AppendObjectRequest(self._name, key, position=0, body=jpeg()))

    def link(self, key: str, to: str) -> None:
        self._client.put_symlink(oss.PutSymlinkRequest(self._name, key, symlink_target=to))

    def put_in_parts(self, key: str, *, finished: bool = True) -> None:
        upload = self._client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(self._name, key))
        parts = [self._put_part(key, str(upload.upload_id), number) for number in (1, 2)]
        if finished:
            whole = oss.CompleteMultipartUpload(parts=parts)
            self._client.complete_multipart_upload(
                oss.CompleteMultipartUploadRequest(
                    self._name, key, upload_id=upload.upload_id, complete_multipart_upload=whole
                )
            )
        else:
            self._client.abort_multipart_upload(oss.AbortMultipartUploadRequest(self._name, key, upload.upload_id))

    def _put_part(self, key: str, upload_id: str, number: int) -> oss.UploadPart:
        request = oss.UploadPartRequest(
            self._name, key, part_number=number, upload_id=upload_id, body=b"x" * PART_BYTES
        )
        return oss.UploadPart(part_number=number, etag=self._client.upload_part(request).etag)

    def remove(self, key: str) -> None:
        self._client.delete_object(oss.DeleteObjectRequest(self._name, key))

    def remove_together(self, *keys: str) -> None:
        objects = [oss.DeleteObject(key=key) for key in keys]
        self._client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(self._name, objects=objects))


def announced(cloud: AlibabaCloud) -> list[tuple[str, str, str]]:
    """Return bucket, key and what the function reads of each message of the queue, in the order of the messages."""
    messages = [to_cloud_event(message, QUEUE, decoded=True) for message in cloud.smq.messages(QUEUE)]
    records = parse_fc_event(as_text(messages))
    assert [record.notes for record in records] == [()] * len(records)
    changes = [change for record in records for change in record.changes]
    words = {ChangeKind.CREATED: "created", ChangeKind.REMOVED: "removed"}
    return [(change.ref.bucket, change.ref.key, words[change.kind]) for change in changes]


def use(bucket: Bucket) -> None:
    """Change objects in every way that changes a picture, and begin an upload that comes to nothing."""
    bucket.put(*ODD)
    bucket.copy(ODD[0], "cups/copy.jpg")
    bucket.append("cups/appended.jpg")
    bucket.link("cups/link.jpg", ODD[0])
    bucket.put_in_parts("cups/parts.jpg")
    bucket.put_in_parts("cups/aborted.jpg", finished=False)
    bucket.remove(ODD[1])
    bucket.remove_together(ODD[2], ODD[3], "missing.jpg")


CHANGES = [
    *((key, "created") for key in ODD),
    ("cups/copy.jpg", "created"),
    ("cups/appended.jpg", "created"),
    ("cups/link.jpg", "created"),
    ("cups/parts.jpg", "created"),
    (ODD[1], "removed"),
    (ODD[2], "removed"),
    (ODD[3], "removed"),
]


def below(*prefixes: str) -> list[tuple[str, str, str]]:
    return [(BUCKET, key, what) for key, what in CHANGES if key.startswith(prefixes)]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, below("")),
        ({"KeyPrefix": "cups/"}, below("cups/")),
        ({"KeyPrefix": "red mugs/,cups/c,cups/p,top,x"}, below("red mugs/", "cups/c", "cups/p", "top")),
    ],
    ids=["all keys", "one prefix", "five prefixes"],
)
def test_the_rule_sends_every_change_below_its_prefixes(parameters: dict[str, str], expected: list[Any]) -> None:
    with deployed(**parameters) as cloud:
        use(Bucket(cloud, OTHER))
        use(Bucket(cloud))
        assert announced(cloud) == expected


def test_a_bucket_of_the_stack_is_announced_by_its_own_name() -> None:
    with deployed(ExistingBucketName="") as cloud:
        own = cloud.stack.of_type("ALIYUN::OSS::Bucket")["Bucket"]["BucketName"]
        cloud.oss.make_bucket(own)
        Bucket(cloud).put("a.jpg")
        Bucket(cloud, own).put("a.jpg")
        assert announced(cloud) == [(own, "a.jpg", "created")]


@pytest.mark.parametrize(
    ("wrong", "lost"),
    [
        ("oss:ObjectCreated:CompleteMultipartUpload", ("cups/parts.jpg", "created")),
        ("oss:ObjectCreated:CopyObject", ("cups/copy.jpg", "created")),
        ("oss:ObjectCreated:PutSymlink", ("cups/link.jpg", "created")),
        ("oss:ObjectCreated:AppendObject", ("cups/appended.jpg", "created")),
        ("oss:ObjectRemoved:DeleteObject\n", (ODD[1], "removed")),
    ],
)
def test_an_event_that_the_pattern_lacks_is_lost_here(wrong: str, lost: tuple[str, str]) -> None:
    assert TEMPLATE.count(wrong) == 1
    with deployed(TEMPLATE.replace(wrong, "oss:ObjectCreated:Nothing\n" if "\n" in wrong else "oss:Nothing")) as cloud:
        use(Bucket(cloud))
        assert announced(cloud) == [(BUCKET, *change) for change in CHANGES if change != lost]


def test_an_event_that_the_queue_refuses_is_a_dead_letter_of_the_stack() -> None:
    with deployed() as cloud:
        cloud.smq.create_queue(QUEUE, maximum_message_size=1024)
        Bucket(cloud).put("a.jpg")
        assert announced(cloud) == []
        (letter,) = cloud.smq.messages("ingest-dead-letters")
        (record,) = parse_fc_event(as_text([to_cloud_event(letter, QUEUE, decoded=True)]))
        assert [change.ref.key for change in record.changes] == ["a.jpg"]
