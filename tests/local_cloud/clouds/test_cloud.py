"""Starting and closing the local clouds."""

import gc
import io
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_imagesearch20201214 import models
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
from PIL import Image

from imagesearch_ingest.events import parse_fc_event
from imagesearch_ingest.model.objects import ChangeKind
from local_cloud.clouds.alibaba import AlibabaCloud, OssAnnouncedCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.triggers.event_stream import to_cloud_event
from tests.support.fakes import a_letter

CLOUDS = [AwsCloud, AlibabaCloud]


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (120, 120), "red").save(stream, "JPEG")
    return stream.getvalue()


def wait_for_entry(cloud: LocalCloud) -> None:
    deadline = time.monotonic() + 60
    while not cloud.image_search.entries():
        assert time.monotonic() < deadline, "the picture did not reach the index within 60 s"
        time.sleep(0.05)


@pytest.mark.parametrize("kind", CLOUDS)
def test_closing_leaves_no_thread_process_or_folder(kind: type[LocalCloud]) -> None:
    threads = set(threading.enumerate())
    with kind() as cloud:
        cloud.upload("a/b.jpg", jpeg())
        wait_for_entry(cloud)
        workers = cloud.function.processes()
        folder = cloud.image_search.ca_path.parent
    assert workers
    assert all(process.poll() is not None for process in workers)
    assert set(threading.enumerate()) <= threads
    assert not folder.exists()
    # An unclosed socket would cause a warning here, and warnings are errors.
    del cloud
    gc.collect()


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_failed_start_stops_what_has_started(kind: type[LocalCloud]) -> None:
    """The second service's port is taken, so the first one is running already."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        threads = set(threading.enumerate())
        cloud = kind(port=taken.getsockname()[1] - 1)
        with pytest.raises(OSError, match="in use"):
            cloud.start()
        assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("kind", CLOUDS)
def test_objects_survive_a_restart(kind: type[LocalCloud], tmp_path: Path) -> None:
    with kind(state_dir=tmp_path, with_function=False) as cloud:
        cloud.upload("a/b.jpg", b"bytes", {"colour": "red"})
    with kind(state_dir=tmp_path, with_function=False) as cloud:
        assert [(one.key, one.data, dict(one.metadata)) for one in cloud.objects()] == [
            ("a/b.jpg", b"bytes", {"colour": "red"})
        ]


@pytest.mark.parametrize("kind", CLOUDS)
def test_hidden_letters_survive_a_restart(kind: type[LocalCloud], tmp_path: Path) -> None:
    """Reading a dead-letter queue hides its messages. Others than letters may be among them."""
    with kind(state_dir=tmp_path, with_function=False) as cloud:
        for number in range(3):
            cloud.put_dead_letter(a_letter(record_id=str(number)).model_dump(mode="json"))
        if isinstance(cloud, AwsCloud):
            cloud.sqs.send_message(QueueUrl=cloud.dead_letter_queue, MessageBody="not JSON")
            cloud.sqs.receive_message(QueueUrl=cloud.dead_letter_queue, MaxNumberOfMessages=2)
        if isinstance(cloud, AlibabaCloud):
            cloud.smq.queue("ingest-dead-letters").send("not JSON")
            cloud.smq.queue("ingest-dead-letters").receive(2)
    with kind(state_dir=tmp_path, with_function=False) as cloud:
        assert sorted(letter["record_id"] for letter in cloud.dead_letters()) == ["0", "1", "2"]


def _call(cloud: LocalCloud, operation: str, **parameters: object) -> Any:
    """Call an operation of Image Search by the name of the SDK's method."""
    config = Config(
        access_key_id="LTAI-local",
        access_key_secret="local-secret",
        security_token=cloud.SECURITY_TOKEN,
        region_id=cloud.REGION,
    )
    runtime = RuntimeOptions(ca=str(cloud.image_search.ca_path), https_proxy=cloud.image_search.proxy_url)
    request = getattr(models, f"{''.join(word.title() for word in operation.split('_'))}Request")
    call = getattr(Client(config), f"{operation}_with_options")
    return call(request(instance_name=cloud.instance, **parameters), runtime).body


def _run_batch(cloud: LocalCloud) -> None:
    _call(cloud, "increase_instance", bucket_name="pictures", path="/increment.meta")


@pytest.mark.parametrize(
    ("kind", "envelope"), [(AlibabaCloud, "eventbridge"), (OssAnnouncedCloud, "oss")], ids=["eventbridge", "oss"]
)
def test_either_announces_every_change_of_its_bucket(kind: type[AlibabaCloud], envelope: str) -> None:
    keys = ["red shoes/a+b.jpg", "鞋/👟 100% %41.jpg", "cafe\u0301/" + "x" * 900 + ".jpg"]
    with kind(with_function=False) as cloud:
        for key in keys:
            cloud.upload(key, jpeg())
        cloud.remove(keys[0])
        cloud.remove(keys[0])  # gone already
        cloud.oss.make_bucket("other")
        cloud.bucket_owner.put("other", "a.jpg", jpeg())
        messages = cloud.smq.messages("ingest")
        arrays = [
            json.dumps([to_cloud_event(one, "ingest", decoded=decoded) for one in messages])
            for decoded in (True, False)
        ]
    for array in arrays:
        changes = [change for record in parse_fc_event(array) for change in record.changes]
        assert [(change.ref.bucket, change.ref.key, change.kind) for change in changes] == [
            *(("pictures", key, ChangeKind.CREATED) for key in keys),
            ("pictures", keys[0], ChangeKind.REMOVED),
        ]
        assert {change.envelope for change in changes} == {envelope}


def test_a_batch_task_reads_the_local_oss() -> None:
    with AlibabaCloud(with_function=False) as cloud:
        cloud.image_search.change_tasks(seconds=0.0)
        cloud.upload("a/b.jpg", jpeg())
        cloud.upload("increment.meta", b'{"OperationType": "ADD", "ProductId": "a", "PicName": "a/b.jpg"}')
        _run_batch(cloud)
        wait_for_entry(cloud)
        assert [(one.product_id, one.pic_name) for one in cloud.image_search.entries()] == [("a", "a/b.jpg")]


def test_a_batch_task_finds_no_bucket_on_aws() -> None:
    with AwsCloud(with_function=False) as cloud, pytest.raises(ClientException) as refused:
        _run_batch(cloud)
    assert (refused.value.code, refused.value.status_code) == ("Console.BadRequest", 400)


@pytest.mark.parametrize(("kind", "number"), [("fabric", 2), ("trademark", 3), ("cloth", 0)])
def test_the_instance_is_of_the_kind_that_the_function_expects(kind: str, number: int) -> None:
    """The function itself refuses a kind that does not exist."""
    with AwsCloud({"INGEST_SERVICE_TYPE": kind}, with_function=False) as cloud:
        assert _call(cloud, "detail").instance.service_type == number


def test_the_queues_are_those_of_the_template() -> None:
    with AwsCloud(with_function=False) as cloud:
        addresses = cloud.addresses()
        found = {name: addresses[name] for name in ("queue", "dead_letter_queue", "rule_dead_letter_queue")}
        assert [url.rpartition("/")[2] for url in found.values()] == [
            "ingest",
            "ingest-dead-letters",
            "ingest-rule-dead-letters",
        ]
        attributes = {
            name: cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for name, url in found.items()
        }
        assert {one["MessageRetentionPeriod"] for one in attributes.values()} == {"1209600"}
        assert json.loads(attributes["queue"]["RedrivePolicy"]) == {
            "deadLetterTargetArn": attributes["dead_letter_queue"]["QueueArn"],
            "maxReceiveCount": 1000,
        }
        environ = cloud.environ()
        assert environ["INGEST_QUEUE_URL"] == found["queue"]
        assert environ["INGEST_DEAD_LETTER_QUEUE_URL"] == found["dead_letter_queue"]


@pytest.mark.parametrize("kind", [*CLOUDS, OssAnnouncedCloud])
def test_second_deployment_shares_the_bucket_and_nothing_else(kind: type[LocalCloud]) -> None:
    threads = set(threading.enumerate())
    second = {"INGEST_INSTANCE_NAME": "demo-2", "INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}
    with kind() as first, kind(second, name="second", beside=first) as other:
        first.upload("a/b.jpg", jpeg())
        wait_for_entry(first)
        wait_for_entry(other)
        assert [(entry.product_id, entry.pic_name) for entry in first.image_search.entries()] == [("a", "a/b.jpg")]
        assert [(entry.product_id, entry.pic_name) for entry in other.image_search.entries()] == [("a", "b.jpg")]
        assert (first.instance, other.instance) == ("demo", "demo-2")
        queues = [cloud.addresses()[name] for cloud in (first, other) for name in ("queue", "dead_letter_queue")]
        assert len(set(queues)) == 4
        other.put_dead_letter(json.loads(a_letter().model_dump_json(by_alias=True)))
        assert (len(first.dead_letters()), len(other.dead_letters())) == (0, 1)
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("kind", CLOUDS)
def test_first_deployment_goes_and_the_second_goes_on(kind: type[LocalCloud]) -> None:
    with kind() as first, kind({"INGEST_INSTANCE_NAME": "demo-2"}, name="second", beside=first) as other:
        first.upload("a/1.jpg", jpeg())
        wait_for_entry(first)
        wait_for_entry(other)
        workers = first.function.processes()
        first.delete_stack()
        assert all(process.poll() is not None for process in workers)
        first.image_search.reset()
        other.image_search.reset()
        other.upload("a/2.jpg", jpeg())
        wait_for_entry(other)
        assert [stored.key for stored in other.objects()] == ["a/1.jpg", "a/2.jpg"]
        assert first.image_search.entries() == []


@pytest.mark.parametrize("kind", [*CLOUDS, OssAnnouncedCloud])
def test_closed_second_deployment_is_announced_to_no_longer(kind: type[LocalCloud]) -> None:
    with kind(with_function=False) as first:
        with kind({"INGEST_INSTANCE_NAME": "demo-2"}, name="second", beside=first, with_function=False):
            pass
        first.upload("a/1.jpg", jpeg())  # would fail without a queue
        assert [stored.key for stored in first.objects()] == ["a/1.jpg"]


def test_second_deployment_is_a_stack_of_its_own() -> None:
    with (
        AwsCloud(with_function=False) as first,
        AwsCloud({"INGEST_INSTANCE_NAME": "demo-2"}, name="second", beside=first, with_function=False) as other,
    ):
        client = first.aws.client("cloudformation")
        stacks = {stack["StackName"]: stack["Outputs"] for stack in client.describe_stacks()["Stacks"]}
        outputs = {name: {one["OutputKey"]: one["OutputValue"] for one in found} for name, found in stacks.items()}
        assert outputs["second"]["BucketName"] == outputs["local"]["BucketName"] == "pictures"
        assert outputs["second"]["QueueUrl"] == other.queue != first.queue
        assert outputs["second"]["FunctionName"] == "second-ingest"
        first.delete_stack()
        assert [stack["StackName"] for stack in client.describe_stacks()["Stacks"]] == ["second"]


@pytest.mark.parametrize("kind", CLOUDS)
def test_second_deployment_on_the_same_instance_shares_it(kind: type[LocalCloud]) -> None:
    given = {"INGEST_INSTANCE_NAME": "shared"}
    with (
        kind(given, with_function=False) as first,
        kind(given, with_function=False, name="second", beside=first) as second,
        kind({"INGEST_INSTANCE_NAME": "other"}, with_function=False, name="third", beside=first) as third,
    ):
        assert second.image_search is first.image_search
        assert third.image_search is not first.image_search
        assert [cloud.environ()["INGEST_STACK_NAME"] for cloud in (first, second, third)] == [
            "local",
            "second",
            "third",
        ]
        assert second.environ()["INGEST_DEAD_LETTER_QUEUE_URL"] != first.environ()["INGEST_DEAD_LETTER_QUEUE_URL"]


def test_further_settings_that_lead_to_a_real_cloud_are_ignored() -> None:
    extra = {"INGEST_ADDS_PER_SECOND": 2, "INGEST_HTTPS_PROXY": "http://real", "INGEST_JPEG_QUALITY": 85}
    found = AwsCloud.function_settings({"INGEST_EXTRA_SETTINGS": json.dumps(extra)})
    assert found == {
        "INGEST_ADDS_PER_SECOND": "2",
        "INGEST_INSTANCE_NAME": "demo",
        "INGEST_INSTANCE_REGION": "ap-southeast-1",
        "INGEST_JPEG_QUALITY": "85",
    }
