"""What a service does not answer is unknown, and never called missing. The exit code says whether it may pass."""

import json
from functools import partial
from typing import Self

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.errors import InputError
from imagesearch_ops.explain import dead_letters
from imagesearch_ops.instance import InstanceClient
from tests.operator.explain.conftest import World, check
from tests.support.aws_events import s3_record

NO_KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "", "ALIBABA_CLOUD_SECURITY_TOKEN": ""}


def test_without_a_key_for_image_search_the_index_is_not_asked(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    explained = on_aws.explain(key, hours=2, **NO_KEY)
    check(explained, "would be added: nothing speaks against it, but the index was not asked", 7, "would_add")
    document = explained.document
    assert (document["index"], document["index_asked"]) == (None, False)
    assert "InvalidCredentials" in document["why_not_asked"]
    assert explained.summary["error"]["reason"] == "credentials"


def test_no_index_asks_nothing(world: World) -> None:
    key = world.upload(world.key())
    before = len(world.cloud.image_search.calls)
    explained = world.explain(key, index=False, hours=2)
    check(explained, "would be added: nothing speaks against it", 0, "would_add")
    assert (explained.document["index"], explained.document["why_not_asked"]) == (None, "--no-index")
    assert len(world.cloud.image_search.calls) == before
    world.put_letter(key, code="network", fault_class="transient", stage="index", message="cut")
    check(world.explain(key, index=False), "given up: network: cut", 4, "given_up")


def test_what_is_known_without_the_index_is_said(on_aws: World) -> None:
    check(
        on_aws.explain(on_aws.upload(on_aws.key(), b"text\n" * 99), **NO_KEY), "rejected: not_an_image", 3, "rejected"
    )
    check(on_aws.explain(on_aws.key("none.jpg"), **NO_KEY), "gone: ", 4, "gone")


def test_without_an_instance_the_object_is_explained(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    settings = {"INGEST_INSTANCE_NAME": "", "INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}
    explained = on_aws.explain(key, **settings)
    check(explained, "would be added", 7, "would_add")
    assert "INGEST_INSTANCE_NAME" in explained.document["why_not_asked"]
    assert explained.document["identity"]["pic_name"] == "a.jpg"
    with pytest.raises(InputError, match="no Image Search instance is known"):
        on_aws.explain(key, index=True, **settings)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.SERVICE_UNAVAILABLE, 5),
        (Reason.THROTTLED, 5),
        (Reason.NETWORK, 5),
        (Reason.CREDENTIALS, 7),
        (Reason.INSTANCE_UNAVAILABLE, 7),
    ],
)
def test_a_fault_of_the_instance_is_not_called_missing(
    on_aws: World, monkeypatch: pytest.MonkeyPatch, reason: Reason, code: int
) -> None:
    def fail(*_: object) -> None:
        raise IngestError(reason, "it failed")

    monkeypatch.setattr(InstanceClient, "find", fail)
    explained = on_aws.explain(on_aws.upload(on_aws.key()), hours=2)
    check(explained, "would be added: nothing speaks against it, but the index was not asked", code, "would_add")
    assert explained.document["index"] is None
    assert explained.summary["error"]["reason"] == reason.code


def test_a_search_that_fails_leaves_the_entry_known(world: World) -> None:
    key = world.upload(world.key())
    world.index(key)
    world.cloud.image_search.faults.add(
        {"leg": "search", "kind": "error", "code": "SearchTimeout", "status": 500, "times": None}
    )
    explained = world.explain(key, index=True)
    check(explained, "in the index as it should be", 5, "in_index")
    assert explained.document["index"]["same_picture"] is None
    assert explained.summary["error"]["reason"] == "timeout"


@pytest.mark.parametrize("code", ["InvalidAction.NotFound", "NoPermission"])
def test_without_check_image_exists_a_search_by_name_tells(
    on_aws: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    key = on_aws.upload(on_aws.key(), str_attr="red")
    held = {"ProductId": f"p{on_aws.number}", "PicName": key, "StrAttr": "red", "CategoryId": 3, "Score": 1.0}

    class Found:
        product_id, pic_name = held["ProductId"], held["PicName"]

        def to_map(self) -> dict[str, object]:
            return dict(held)

    answers: list[object] = []

    def find(*_: object) -> None:
        raise IngestError(Reason.INSTANCE_UNAVAILABLE, "there is no such action", service_code=code)

    def call(_: object, action: str, *__: object) -> object:
        assert action == "SearchImageByName"
        if not answers:
            raise IngestError(Reason.SERVICE_REJECTED, "no", service_code="PicNotExist")
        return type("Body", (), {"auctions": answers})()

    monkeypatch.setattr(InstanceClient, "find", find)
    monkeypatch.setattr(InstanceClient, "call", call)
    check(on_aws.explain(key), "waiting", 0, "waiting")
    answers.append(Found())
    check(on_aws.explain(key), "in the index as it should be", 0, "in_index")
    held["StrAttr"] = "blue"
    check(on_aws.explain(key), "different: the entry has other attributes: StrAttr", 4, "different")
    held["PicName"] = Found.pic_name = "other"
    explained = on_aws.explain(key)
    check(explained, "in the index as it should be", 0, "in_index")
    assert "The service tells only that the entry exists, not its attributes." in explained.document["notes"]


def test_a_bucket_that_does_not_exist(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "url", lambda self, key: f"{self.scheme}://no-such-bucket/{key}")
    explained = world.explain("a.jpg", INGEST_BUCKET="")
    check(explained, "unknown: the bucket could not be read: ", 7, "unknown")
    assert explained.summary["error"]["reason"] == "bucket_missing"
    assert explained.document["object"]["found"] is None


def test_a_bucket_that_must_not_be_read(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key())
    on_alibaba.cloud.oss.denied.update({"oss:GetObject", "oss:ListObjects"})
    explained = on_alibaba.explain(key)
    check(explained, "unknown: the bucket could not be read: ", 7, "unknown")
    assert explained.summary["error"]["reason"] == "bucket_forbidden"


def test_an_object_that_must_not_be_read(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key())
    on_alibaba.cloud.oss.denied.add("oss:GetObject")
    explained = on_alibaba.explain(key)
    check(explained, "unknown: the bucket could not be read: ", 7, "unknown")
    assert explained.document["todo"].startswith("Grant ")


def test_a_bucket_that_fails(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key())
    for method in ("HEAD", "GET"):
        on_alibaba.cloud.oss.faults.add(
            {"method": method, "key": key, "kind": "error", "code": "InternalError", "status": 500, "times": None}
        )
    check(on_alibaba.explain(key), "unknown: the bucket could not be read: ", 5, "unknown")


def test_an_archived_object(world: World) -> None:
    key = world.key()
    if world.is_aws:
        world.cloud.s3.put_object(Bucket="pictures", Key=key, Body=b"bytes", StorageClass="GLACIER")
    else:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - only here

        request = oss.PutObjectRequest(bucket="pictures", key=key, body=b"bytes", storage_class="Archive")
        world.cloud.bucket_owner.client.put_object(request)
    explained = world.explain(key)
    check(explained, "rejected: object_archived: ", 3, "rejected")
    assert explained.document["object"]["storage_class"] == ("GLACIER" if world.is_aws else "Archive")
    world.index(key)
    explained = world.explain(key)
    check(explained, "in the index as it should be", 0, "in_index")
    assert any("The object is archived" in note for note in explained.document["notes"])


def test_a_link_to_an_excluded_key(on_alibaba: World) -> None:
    target, key = on_alibaba.upload(on_alibaba.key("private/x.jpg")), on_alibaba.key()
    on_alibaba.cloud.bucket_owner.link("pictures", key, target)
    explained = on_alibaba.explain(key, INGEST_EXCLUDE="private/")
    check(explained, f"excluded: it links to '{target}'", 0, "skipped")


def test_a_picture_that_crashes_its_process(on_aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = on_aws.upload(on_aws.key())
    monkeypatch.setattr("imagesearch_ops.explain.trial.ChildProcess", _Crashing)
    check(on_aws.explain(key), "rejected: worker_crash: it crashed", 3, "rejected")


class _Crashing:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def prepare(self, *_: object) -> None:
        raise IngestError(Reason.WORKER_CRASH, "it crashed")


def test_without_a_queue_the_letters_are_not_searched(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    explained = on_aws.explain(key, hours=2, index=False, INGEST_DEAD_LETTER_QUEUE_URL="", INGEST_QUEUE_URL="")
    assert explained.document["letters"] is None
    assert explained.document["queue"].startswith("not searched: no dead-letter queue is known")


def test_a_queue_that_cannot_be_read(world: World) -> None:
    key = world.upload(world.key())
    explained = world.explain(key, hours=2, INGEST_DEAD_LETTER_QUEUE_URL=f"{world.letters}-none")
    check(explained, "missing: the index has no entry, and the dead letters are not all known", 4, "missing")
    assert explained.document["queue"].startswith("letters: not searched: ")


def test_a_long_queue_is_not_searched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.upload(world.key())
    for _ in range(3):
        world.put_letter(key)
    monkeypatch.setitem(dead_letters.search_letters.__kwdefaults__, "most", 2)
    explained = world.explain(key)
    assert explained.document["queue"] == "letters: not searched: it holds about 3 messages. Use `dlq show KEY`."
    assert explained.document["letters"] is None


def test_a_search_that_takes_too_long_ends(on_aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        on_aws.put_letter(on_aws.key(f"{number}.jpg"))
    monkeypatch.setattr(dead_letters, "Reader", partial(Reader, threads=1))  # receives a batch at a time
    monkeypatch.setitem(dead_letters.search_letters.__kwdefaults__, "seconds", -1.0)
    explained = on_aws.explain(on_aws.upload(on_aws.key()))
    assert explained.document["queue"] == "letters: searched in part: 10 of about 30. Use `dlq show KEY`."


def test_every_message_stays_in_the_queue(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    on_aws.put_letter(key)
    on_aws.put_letter(on_aws.key("other.jpg"))
    on_aws.explain(key)
    received = on_aws.cloud.sqs.receive_message(QueueUrl=on_aws.letters, MaxNumberOfMessages=10)["Messages"]
    assert len(received) == 2


def test_events_that_were_never_finished_are_found(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key("a b.jpg"))
    records = [s3_record(name, bucket="pictures") for name in ("x", key.replace(" ", "+"))]
    on_aws.put_message(json.dumps({"Records": records}))
    explained = on_aws.explain(key)
    check(explained, "missing: the function gave it up: retries_exhausted", 4, "missing")
