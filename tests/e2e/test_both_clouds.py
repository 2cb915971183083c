"""One behaviour on both clouds: the same uploads, and what is in the log, the index and the dead-letter queue after.

Everything is real but the clouds. Each is driven once, both at the same time, and then looked at.
"""

import io
import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest
from PIL import Image

from local_cloud.alibaba_cloud import AlibabaCloud
from local_cloud.aws_cloud import AwsCloud
from local_cloud.cloud import LocalCloud
from local_cloud.event_source import lambda_record
from local_cloud.event_stream import cloud_event
from local_cloud.oss_notifications import as_oss_sends_it
from local_cloud.smq import Message
from tests.e2e.conftest import wait_until
from tests.e2e.test_cli import BAD_UPLOADS
from tests.oss_events import element
from tests.pictures import encode, jpeg, scene

SETTINGS = {"INGEST_READ_TIMEOUT_SECONDS": "1", "INGEST_EXCLUDE": "drafts/*", "INGEST_INSTANCE_REGION": "cn-shanghai"}
BUCKET = "pictures"


class Aws(AwsCloud):
    ADDS_A_SECOND = 1000


class Alibaba(AlibabaCloud):
    ADDS_A_SECOND = 1000
    # A stream waits ten to twenty seconds before it sends an array again.
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
    """A cloud, and what its function said."""

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
        """And waits for what becomes of it."""
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
        """While the picture is being added."""
        faults, adds = self.cloud.image_search.faults, len(self._uploads())
        faults.set_latency("add", 0.6)
        self.cloud.upload(KILLED, jpeg())
        wait_until(lambda: len(self._uploads()) > adds)
        for worker in self.cloud.function.processes():
            worker.send_signal(signal.SIGKILL)
        faults.set_latency("add", 0)
        wait_until(lambda: self.lines(KILLED))

    def _uploads(self) -> list[object]:
        return [call for call in self.cloud.image_search.calls if call.leg == "upload"]

    def _fail_for_ever(self) -> None:
        """Sent by hand, since the queue itself would take minutes until the eighth time."""
        self.cloud.image_search.faults.add(UNKNOWN)
        self._put_unannounced(FOR_EVER, jpeg())
        for receives in (7, 8):
            self.cloud.function.invoke(self.event(FOR_EVER, receives))
        self.cloud.image_search.faults.clear()

    def _put_unannounced(self, key: str, data: bytes) -> None:
        if isinstance(self.cloud, AlibabaCloud):
            tell, self.cloud.oss.on_event = self.cloud.oss.on_event, lambda _: None
            self.cloud.upload(key, data)
            self.cloud.oss.on_event = tell
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
        """By key; an object whose letter was written twice has one."""
        return {letter["source"]["key"]: letter for letter in self.cloud.dead_letters()}


def aws_event(key: str, receives: int) -> dict[str, Any]:
    told = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 1, "eTag": "e"}}
    record = {"eventVersion": "2.6", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": told}
    message = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Attributes": {"ApproximateReceiveCount": str(receives)},
        "Body": json.dumps({"Records": [record]}),
    }
    return {"Records": [lambda_record(message, "arn:aws:sqs:us-east-1:1:ingest")]}


def alibaba_event(key: str, receives: int) -> bytes:
    envelope = {"receives": receives, "first_received_at": None, "message": as_oss_sends_it(element(key))}
    text = json.dumps({"imagesearch_ingest": envelope})
    return json.dumps([cloud_event(Message("m", text, 0.0, 0.0), "ingest", decoded=True)]).encode()


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    worlds = {"aws": World(Aws, aws_event), "alibaba": World(Alibaba, alibaba_event)}
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        for world in worlds.values():
            stack.enter_context(world.cloud)
        list(threads.map(World.drive, worlds.values()))
        yield worlds


@pytest.fixture(params=["aws", "alibaba"])
def world(request: pytest.FixtureRequest, worlds: dict[str, World]) -> World:
    return worlds[request.param]


def product_of(key: str) -> str:
    """The folder that holds the picture, or its name without the suffix (design, section 1)."""
    *folders, name = key.split("/")
    return folders[-1] if folders else name.rpartition(".")[0]


ADDED = [key for key in INPUTS if key not in REJECTED | SKIPPED and key not in {REMOVED, SPOILT}]
ALL_KEYS = [*INPUTS, *FAULT_KEYS, KILLED, FOR_EVER]


def test_each_upload_comes_to_the_end_that_is_due_to_it(world: World) -> None:
    for key in [*ADDED, *FAULT_KEYS, KILLED]:
        assert world.outcome(key) == ("added", None, product_of(key), key, None)
    for key, reason in REJECTED.items():
        ids = (None, None) if reason == "key_too_long" else (product_of(key), key)
        assert world.outcome(key) == ("rejected", reason, *ids, "previous")
    for key, reason in SKIPPED.items():
        assert world.outcome(key)[:2] == ("skipped", reason)
    assert world.outcome(REMOVED) == ("deleted", None, "again", REMOVED, None)
    assert world.outcome(SPOILT) == ("rejected", "not_an_image", "again", SPOILT, "previous")


def test_the_index_holds_what_the_bucket_holds(world: World) -> None:
    held = {pic_name for _, pic_name in world.entries()}
    assert held == {*ADDED, *FAULT_KEYS, KILLED, SPOILT}
    for (product_id, pic_name), (picture, width, height, attributes) in world.entries().items():
        assert product_id == product_of(pic_name)
        assert Image.open(io.BytesIO(picture)).size == (width, height)
        if pic_name in NASTY_KEYS:
            assert width == 200 + NASTY_KEYS.index(pic_name)
        if pic_name == "meta/good.jpg":
            assert attributes == {"IntAttr": 7, "StrAttr": "red", "Region": "10,90,20,80"}
    assert world.entries()["again", OVERWRITTEN][1:3] == (200, 320)
    assert world.entries()["again", SPOILT][0] == jpeg()  # the last good one


def test_a_fault_that_happens_once_costs_a_retry_and_nothing_else(world: World) -> None:
    assert [(key, world.lines(key)[-1]["retries"]) for key in FAULT_KEYS] == [(key, 1) for key in FAULT_KEYS]
    assert not world.letters().keys() & set(FAULT_KEYS)


def test_a_worker_that_is_killed_half_way_loses_nothing(world: World) -> None:
    assert [line["outcome"] for line in world.lines(KILLED)] == ["added"]
    assert KILLED not in world.letters()


def test_what_never_works_waits_seven_times_and_is_a_dead_letter_the_eighth(world: World) -> None:
    lines = [(line["outcome"], line["receive_count"], line["dead_lettered"]) for line in world.lines(FOR_EVER)]
    assert lines == [("failed", 7, False), ("failed", 8, True)]
    letter = world.letters()[FOR_EVER]
    assert (letter["code"], letter["class"], letter["receive_count"]) == ("service_code_unknown", "transient", 8)
    assert letter["upstream"]["code"] == "NeverHeardOf"


def key_told_by(letter: dict[str, Any]) -> str:
    told = json.loads(letter["original_event"])
    if letter["source"]["cloud"] == "aws":
        return unquote_plus(told["Records"][0]["s3"]["object"]["key"])
    return told["events"][0]["oss"]["object"]["key"]


def test_what_is_rejected_is_a_dead_letter_from_which_it_can_be_replayed(world: World) -> None:
    letters = world.letters()
    reasons = {key: letter["code"] for key, letter in letters.items() if key != FOR_EVER}
    assert reasons == REJECTED | {SPOILT: "not_an_image"}
    for key, letter in letters.items():
        assert key_told_by(letter) == key
        assert len(bytes.fromhex(letter["record_id"])) == 32
        assert letter["source"]["bucket"] == BUCKET
        assert letter["index_holds"] == "previous"


# And between the two.

SAME = ["code", "class", "stage", "message", "hint", "index_holds", "target", "image", "receive_count", "retries"]


def test_both_clouds_say_the_same_of_each_object(worlds: dict[str, World]) -> None:
    told = [{key: world.outcome(key) for key in ALL_KEYS} for world in worlds.values()]
    assert told[0] == told[1]


def test_both_indexes_hold_the_same(worlds: dict[str, World]) -> None:
    aws, alibaba = (world.entries() for world in worlds.values())
    assert aws == alibaba


def test_both_dead_letter_queues_hold_the_same(worlds: dict[str, World]) -> None:
    aws, alibaba = (
        {key: {name: letter[name] for name in SAME} for key, letter in world.letters().items()}
        for world in worlds.values()
    )
    assert aws == alibaba
    ids = [{letter["record_id"] for letter in world.letters().values()} for world in worlds.values()]
    assert not ids[0] & ids[1]  # one queue may serve both
    assert {len(found) for found in ids} == {len(aws)}
