"""The scenario of ``test_both_clouds``: the uploads, changes and faults that each cloud gets."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.smq import Message
from local_cloud.triggers.event_source import to_lambda_record
from local_cloud.triggers.event_stream import to_cloud_event
from local_cloud.triggers.oss_notifications import encode_notification
from tests.e2e.conftest import wait_until
from tests.e2e.test_cli import BAD_UPLOADS
from tests.support.oss_events import element
from tests.support.pictures import encode, jpeg, scene

SETTINGS = {
    "INGEST_INSTANCE_TIMEOUT_SECONDS": "1",
    "INGEST_EXCLUDE": "drafts/*",
    "INGEST_INSTANCE_REGION": "cn-shanghai",
}
BUCKET = "pictures"


class Aws(AwsCloud):
    ADDS_A_SECOND = 1000


class Alibaba(AlibabaCloud):
    ADDS_A_SECOND = 1000
    # A real stream waits ten to twenty seconds before it sends an array again.
    options = replace(AlibabaCloud.options, time_scale=0.02)


FORMATS = {"png": "PNG", "bmp": "BMP", "gif": "GIF", "webp": "WEBP", "tiff": "TIFF", "ppm": "PPM", "jpg": "JPEG"}
NASTY_KEYS = [
    "red shoes/a+b.jpg",
    "a%2Bb.jpg",
    "100%25 %41.jpg",
    "鞋/👟.jpg",
    "caf\u00e9.jpg",  # NFC
    "cafe\u0301.jpg",  # NFD
    "a&b=c;d?e#f.jpg",
    "quote\"'\\.jpg",
]
METADATA = {
    "meta/good.jpg": {"imagesearch-int-attr": "7", "imagesearch-str-attr": "red", "imagesearch-region": "10,90,20,80"},
    "meta/bad.jpg": {"imagesearch-int-attr": "many"},
    "meta/category.jpg": {"imagesearch-category-id": "shoes"},
}
REJECTED = {key: reason for key, (_, reason) in BAD_UPLOADS.items()} | {
    "meta/bad.jpg": "attribute_invalid",
    "meta/category.jpg": "category_invalid",
}
SKIPPED = {"drafts/new.jpg": "excluded", "folder/": "folder_marker"}
OVERWRITTEN, REMOVED, TWICE, SPOILT = "again/over.jpg", "again/removed.jpg", "again/twice.jpg", "again/spoilt.jpg"
KILLED, FOR_EVER = "killed.jpg", "for-ever/one.jpg"
INPUTS: dict[str, bytes] = (
    {f"good/a.{suffix}": encode(scene(), form) for suffix, form in FORMATS.items()}
    | {key: jpeg(200 + number, 120) for number, key in enumerate(NASTY_KEYS)}
    | {key: data for key, (data, _) in BAD_UPLOADS.items()}
    | dict.fromkeys([*METADATA, "drafts/new.jpg", OVERWRITTEN, REMOVED, TWICE, SPOILT], jpeg())
    | {"folder/": b""}
)
FAULTS = [
    {"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403},  # the quota
    {"leg": "add", "kind": "error", "code": "UnknownException", "status": 500},
    {"leg": "add", "kind": "stall", "seconds": 5},
    {"leg": "add", "kind": "reset"},
    {"leg": "add", "kind": "html"},
    {"leg": "add", "kind": "empty"},
    {"leg": "add", "kind": "unsuccessful"},
    {"leg": "add", "kind": "lost_answer"},
    {"leg": "upload", "kind": "reset"},
    {"leg": "authorize", "kind": "html"},
]
FAULT_KEYS = [f"fault/{fault['leg']}-{fault['kind']}-{fault.get('code', '')}.jpg" for fault in FAULTS]
UNKNOWN = {"leg": "add", "kind": "error", "code": "NeverHeardOf", "status": 400, "times": None}


class World:
    """A cloud and the outcome lines of its function's log."""

    def __init__(self, kind: type[LocalCloud], event: Callable[[str, int], Any]) -> None:
        self.log: list[dict[str, Any]] = []
        self.event = event
        self.cloud = kind(SETTINGS, bucket=BUCKET, visibility_seconds=5, on_log=self._on_log)

    def _on_log(self, line: str) -> None:
        content = json.loads(line)
        if content.get("message") == "object":
            self.log.append(content)

    def lines(self, key: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line.get("key") == key]

    def upload(self, key: str, data: bytes) -> None:
        """Upload the object and wait for its outcome."""
        before = len(self.lines(key))
        self.cloud.upload(key, data, METADATA.get(key))
        wait_until(lambda: len(self.lines(key)) > before)

    def drive(self) -> None:
        for key, data in INPUTS.items():
            self.cloud.upload(key, data, METADATA.get(key))
        wait_until(lambda: all(self.lines(key) for key in INPUTS), 60)
        self._change()
        for key, fault in zip(FAULT_KEYS, FAULTS, strict=True):
            self.cloud.image_search.faults.add(fault)
            self.upload(key, jpeg())
        self._kill()
        self._fail_for_ever()

    def _change(self) -> None:
        self.upload(OVERWRITTEN, jpeg(200, 320))
        self.upload(TWICE, jpeg())
        self.upload(SPOILT, b"no picture any more")
        self.cloud.remove(REMOVED)
        wait_until(lambda: self.lines(REMOVED)[-1]["outcome"] == "deleted")

    def _kill(self) -> None:
        """Kill the workers while the picture is being added."""
        faults, adds = self.cloud.image_search.faults, len(self._uploads())
        faults.set_latency("add", 0.6)
        self.cloud.upload(KILLED, jpeg())
        wait_until(lambda: len(self._uploads()) > adds)
        self._kill_workers()
        faults.set_latency("add", 0)
        wait_until(lambda: self.lines(KILLED))

    def _kill_workers(self) -> None:
        for worker in self.cloud.function.processes():
            worker.send_signal(signal.SIGKILL)
            worker.wait()

    def _uploads(self) -> list[object]:
        return [call for call in self.cloud.image_search.calls if call.leg == "upload"]

    def _fail_for_ever(self) -> None:
        """Send the event directly, since the queue would take minutes until the eighth receive.

        Between the two receives, one worker sees another object succeed. It is the only one, because all others are
        killed before.
        """
        self._put_unannounced(FOR_EVER, jpeg())
        self._kill_workers()
        for receives in (7, 8):
            self.cloud.image_search.faults.add(UNKNOWN)
            self.cloud.function.invoke(self.event(FOR_EVER, receives))
            self.cloud.image_search.faults.clear()
            self.cloud.function.invoke(self.event(OVERWRITTEN, 1))

    def _put_unannounced(self, key: str, data: bytes) -> None:
        if isinstance(self.cloud, AlibabaCloud):
            on_event, self.cloud.oss.on_event = self.cloud.oss.on_event, lambda _: None
            self.cloud.upload(key, data)
            self.cloud.oss.on_event = on_event
        else:
            self.cloud.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})
            self.cloud.upload(key, data)

    def outcome(self, key: str) -> tuple[object, ...]:
        line = self.lines(key)[-1]
        return tuple(line.get(name) for name in ("outcome", "reason", "product_id", "pic_name", "index_holds"))

    def entries(self) -> dict[tuple[str, str], tuple[object, ...]]:
        return {
            (entry.product_id, entry.pic_name): (entry.picture, entry.width, entry.height, entry.attributes)
            for entry in self.cloud.image_search.entries()
        }

    def letters(self) -> dict[str, dict[str, Any]]:
        """Return the dead letters by key, so that a repeated letter counts once."""
        return {letter["source"]["key"]: letter for letter in self.cloud.dead_letters()}


def aws_event(key: str, receives: int) -> dict[str, Any]:
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 1, "eTag": "e"}}
    record = {"eventVersion": "2.6", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}
    message = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Attributes": {"ApproximateReceiveCount": str(receives)},
        "Body": json.dumps({"Records": [record]}),
    }
    return {"Records": [to_lambda_record(message, "arn:aws:sqs:us-east-1:1:ingest")]}


def alibaba_event(key: str, receives: int) -> bytes:
    envelope = {"receives": receives, "first_received_at": None, "message": encode_notification(element(key))}
    text = json.dumps({"imagesearch_ingest": envelope})
    return json.dumps([to_cloud_event(Message("m", text, 0.0, 0.0), "ingest", decoded=True)]).encode()
