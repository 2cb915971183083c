"""The start of the deployed handlers: one line says what is taken, or one message names every wrong setting."""

import ctypes
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from imagesearch_ingest import __version__
from imagesearch_ingest.model.errors import SettingsError
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.support.function_compute import Function, QuickCloud
from tests.support.lambda_function import Context, LambdaFunction, QuickAwsCloud, created
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

KEY = "shoes/2092061/front.jpg"

# Twelve settings, each of which nothing could match, and what the message says about each.
WRONG = {
    "INGEST_BUCKET": (
        "s3://pictures/shoes",
        "write the bucket's name alone (pictures), and the folder in INGEST_KEY_PR",
    ),
    "INGEST_KEY_PREFIX": ("/shoes/", "keys begin without '/'; write 'shoes/'"),
    "INGEST_INCLUDE": ("*.jpg;*.png", "separate patterns by commas"),
    "INGEST_EXCLUDE": (".tmp", "write '*.tmp' for an extension"),
    "INGEST_DEAD_LETTER_QUEUE_URL": ("https://queues.example/1/dead.fifo", "this is a FIFO queue"),
    "INGEST_KEY_TEMPLATE": ("{product}/{pic_name}", "'product' is not a field (did you mean product_id?)"),
    "INGEST_CATEGORY_WORDS": ("shoes=3", "'shoes=3' is not a word with its CategoryId"),
    "INGEST_METADATA": ("none", "write 'all', 'off' or names such as category-id,str-attr"),
    "INGEST_INSTANCE_NAME": ("de\u200bmo", "it contains the character U+200B (zero width space); remove it"),
    "INGEST_INSTANCE_REGION": ('"ap-southeast-1"', "remove the quotes around it"),
    "INGEST_BACKGROUND": ("#fff", "must be written as #rrggbb"),
    "INGEST_ON_REMOVED": ("hold", "must be 'delete' or 'keep'"),
}
# Unusual ways to write the same settings, all of which are understood.
UNUSUAL = {
    "INGEST_BUCKET": " arn:aws:s3:::pictures\n",
    "INGEST_KEY_PREFIX": " shoes/ ",
    "INGEST_INCLUDE": "*.{JPG,png}\n",
    "INGEST_EXCLUDE": '["thumbs/", "**/*.tmp"]',
    "INGEST_KEY_TEMPLATE": "\n{a}-{b}/{_} -> {a}/{b}\n | {product_id}/{_}\n",
    "INGEST_METADATA": "Category_ID",
}
SUMMARY = (
    "taking *.JPG, *.png below shoes/ except thumbs/, **/*.tmp from bucket pictures; "
    "ProductId by the template '{a}-{b}/{_} -> {a}/{b}', or else the template '{product_id}/{_}', "
    "PicName is the whole key; metadata may set category-id; to instance demo ({region}); "
    "1000 adds per second shared by 2 workers; when an object is removed, delete its entry"
)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        cloud.upload(KEY, jpeg())
        yield cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[AlibabaCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def lambda_function(aws: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(aws, monkeypatch, capsys)
    yield function
    function.stop()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def starts(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in found if line.get("message") == "start"]


def assert_each_is_named(message: str) -> None:
    for variable, (value, remedy) in WRONG.items():
        found = [line for line in message.splitlines() if line.startswith(f"{variable} is {value!r}: ")]
        assert any(remedy in line for line in found)


def test_lambda_names_every_wrong_setting_in_one_message(lambda_function: LambdaFunction) -> None:
    lambda_function.start(**{variable: value for variable, (value, _) in WRONG.items()})
    with pytest.raises(SettingsError) as error:
        lambda_function(created(KEY))
    assert_each_is_named(str(error.value))


def test_function_compute_names_every_wrong_setting_in_one_message(function: Function) -> None:
    function.start(**{variable: value for variable, (value, _) in WRONG.items()})
    with pytest.raises(SettingsError) as error:
        function([message(as_text(notification(element(KEY))), KEY)])
    assert_each_is_named(str(error.value))


def test_lambda_says_once_what_it_takes(lambda_function: LambdaFunction, capsys) -> None:
    lambda_function.start(**UNUSUAL)
    for _ in range(2):
        lambda_function.module.handler(created(KEY, "bags/1/a.jpg"), Context(8.9))
    found = lines(capsys)
    (start,) = starts(found)
    assert start["summary"] == SUMMARY.replace("{region}", "ap-southeast-1")
    assert start["release"] == __version__
    assert (start["level"], start["service"]) == ("INFO", "imagesearch-ingest")
    for name in ("pipeline_fingerprint", "preparation", "rule"):
        assert len(start[name]) == 12
    assert len({start[name] for name in ("pipeline_fingerprint", "preparation", "rule")}) == 3
    assert found.index(start) == 0
    objects = [line for line in found if line.get("message") == "object"]
    outcomes = {line["key"]: (line["outcome"], line.get("product_id")) for line in objects}
    assert outcomes == {KEY: ("added", "2092061"), "bags/1/a.jpg": ("skipped", None)}


def test_function_compute_says_once_what_it_takes(function: Function, capsys) -> None:
    function.start(**UNUSUAL)
    for _ in range(2):
        function([message(as_text(notification(element(KEY))), KEY)])
    (start,) = starts(lines(capsys))
    assert start["summary"] == SUMMARY.replace("{region}", "cn-shanghai")
    assert len(start["rule"]) == 12


def test_start_says_that_other_processes_cannot_read_the_memory(lambda_function: LambdaFunction, capsys) -> None:
    lambda_function.module.handler(created(), Context(8.9))
    (start,) = starts(lines(capsys))
    assert start["memory"] == "hidden"
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0  # PR_GET_DUMPABLE


def test_kernel_that_cannot_hide_the_memory_stops_no_start(
    lambda_function: LambdaFunction, monkeypatch, capsys
) -> None:
    monkeypatch.setattr("imagesearch_ingest.bootstrap.common.hide_memory", lambda: False)
    assert lambda_function.module.handler(created(), Context(8.9)) == {"batchItemFailures": []}
    (start,) = starts(lines(capsys))
    assert start["memory"] == "readable by other processes of the same user"


def test_letters_name_the_fingerprints_of_the_start(lambda_function: LambdaFunction, aws: AwsCloud, capsys) -> None:
    aws.upload("shoes/1/bad.jpg", b"no picture")
    lambda_function.module.handler(created("shoes/1/bad.jpg"), Context(8.9))
    (start,) = starts(lines(capsys))
    (letter,) = lambda_function.letters()
    for name in ("pipeline_fingerprint", "preparation", "rule"):
        assert letter[name] == start[name]


def test_the_start_hides_secrets(lambda_function: LambdaFunction, capsys) -> None:
    lambda_function.start(INGEST_EXCLUDE="planted-secret-value/*", AWS_SECRET_ACCESS_KEY="planted-secret-value")
    lambda_function.module.handler(created(), Context(8.9))
    out = capsys.readouterr().out
    assert "except ***/*" in out
    assert "planted-secret-value" not in out


@pytest.mark.parametrize(
    ("variables", "nothing_taken"),
    [
        ({"INGEST_INCLUDE": "hats/*"}, [1.0]),
        ({"INGEST_BUCKET": "another"}, [1.0]),
        ({"INGEST_EXCLUDE": "*.tmp"}, [0.0]),
    ],
)
def test_a_batch_that_is_passed_over_is_counted(
    lambda_function: LambdaFunction, variables: dict[str, str], nothing_taken: list[float]
) -> None:
    lambda_function.start(**variables)
    lambda_function(created(KEY, "shoes/.DS_Store"))
    counted = [line["NothingTaken"] for line in lambda_function.metrics if "NothingTaken" in line]
    assert counted == [nothing_taken]


def test_a_file_of_a_system_is_skipped_without_a_look(lambda_function: LambdaFunction) -> None:
    lambda_function(created("shoes/.DS_Store", "shoes/._front.jpg", "shoes_$folder$"))
    assert [(line["outcome"], line["reason"]) for line in lambda_function.lines] == [("skipped", "never_a_picture")] * 3
    assert lambda_function.letters() == []
    assert "NothingTaken" not in lambda_function.metrics[-1]


def test_wrong_settings_defer_the_message_although_the_queue_has_blanks(
    lambda_function: LambdaFunction, aws: AwsCloud, unique_name: str
) -> None:
    url = aws.sqs.create_queue(QueueName=unique_name)["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody="{}")
    (received,) = aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)["Messages"]
    lambda_function.start(INGEST_QUEUE_URL=f" {url}/\n", INGEST_MAX_CONCURRENCY="none")
    with pytest.raises(SettingsError, match="INGEST_MAX_CONCURRENCY"):
        lambda_function(created(KEY, receipt=received["ReceiptHandle"]))
    time.sleep(1.1)
    hidden = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert hidden["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"
