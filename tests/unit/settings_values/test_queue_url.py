import pytest

from imagesearch_ingest.settings_values import is_same_queue, read_queue_url

FORM = "must be the URL of a queue, with the queue's name at its end and no blank in it"
SCHEME = "must be a URL that starts with http:// or https://"
TOPIC = "this is a topic; write the URL of a queue"
PAGE = "this is the address of a page or a request; write the URL of the queue, without '?' and '#'"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://sqs.us-east-1.amazonaws.com/123/ingest", "https://sqs.us-east-1.amazonaws.com/123/ingest"),
        ("https://sqs.us-east-1.amazonaws.com/123/ingest/", "https://sqs.us-east-1.amazonaws.com/123/ingest"),
        ("http://127.0.0.1:4566/123/dlq", "http://127.0.0.1:4566/123/dlq"),
        (
            "https://1.mns.cn-shanghai.aliyuncs.com/queues/ingest",
            "https://1.mns.cn-shanghai.aliyuncs.com/queues/ingest",
        ),
        ("https://sqs.us-east-1.amazonaws.com/123/sns-uploads", "https://sqs.us-east-1.amazonaws.com/123/sns-uploads"),
        ("http://queue", "http://queue"),  # of an emulator
    ],
)
def test_a_queue_url_is_read(text: str, url: str) -> None:
    assert read_queue_url(text) == url


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("ingest", SCHEME),
        ("sqs.us-east-1.amazonaws.com/123/ingest", SCHEME),
        ("sqs://ingest", SCHEME),
        (
            "arn:aws:sqs:us-east-1:123:ingest",
            "this is an ARN; write the queue's URL, such as https://sqs.us-east-1.amazonaws.com/123/ingest",
        ),
        (
            "arn:aws-cn:sqs:cn-north-1:123:ingest",
            "this is an ARN; write the queue's URL, such as https://sqs.cn-north-1.amazonaws.com.cn/123/ingest",
        ),
        ("arn:aws:sns:us-east-1:123:uploads", "this is the ARN of a topic; write the URL of a queue"),
        ("arn:aws:lambda:us-east-1:123:function:f", "this is the ARN of no queue; write the URL of a queue"),
        ("https://sns.us-east-1.amazonaws.com/123/uploads", TOPIC),
        ("https://1.mns.cn-shanghai.aliyuncs.com/topics/uploads", TOPIC),
        ("https://sqs.us-east-1.amazonaws.com", FORM),
        ("https://sqs.us-east-1.amazonaws.com/", FORM),
        ("https://1.mns.cn-shanghai.aliyuncs.com/", FORM),
        ("https://", FORM),
        ("https:///ingest", FORM),
        ("https://[/ingest", FORM),
        ("https://sqs.example:99999/ingest", FORM),
        ("https://sqs.example/1/in gest", FORM),
        ("https://sqs.example/1/in\ngest", FORM),
        ("https://console.aws.example/sqs/v3/home?region=us-east-1", PAGE),
        ("https://console.aws.example/sqs/v3/home#/queues/x", PAGE),
        ("https://sqs.example/?Action=SendMessage", PAGE),
    ],
)
def test_anything_else_is_refused_with_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=r"URL|topic") as error:
        read_queue_url(text)
    assert str(error.value) == remedy


@pytest.mark.parametrize("text", ["https://sqs.example/1/dead.fifo", "https://sqs.example/1/dead.fifo/"])
def test_a_fifo_queue_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^this is a FIFO queue: .*; use a standard queue$"):
        read_queue_url(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1/q", "https://A.EXAMPLE/1/q/"),
        ("https://a.example/1/q", "http://a.example:80/1/q"),
        ("https://sqs.us-east-1.amazonaws.com/1/q", "https://us-east-1.queue.amazonaws.com/1/q"),
        ("https://sqs.us-east-1.amazonaws.com/1/q", "https://queue.amazonaws.com/1/q"),
        ("https://sqs.eu-west-1.amazonaws.com/1/q", "https://sqs-fips.eu-west-1.amazonaws.com/1/q"),
        ("https://sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.api.aws/1/q"),
        ("https://sqs.eu-west-1.amazonaws.com/1/q", "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/1/q"),
    ],
)
def test_two_ways_to_write_a_queue_are_recognised(one: str, other: str) -> None:
    assert is_same_queue(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1/q", "https://a.example/1/Q"),
        ("https://a.example/1/q", "https://a.example/2/q"),
        ("https://a.example/1/q", "https://a.example:8443/1/q"),
        ("https://sqs.us-east-1.amazonaws.com/1/q", "https://sqs.us-west-1.amazonaws.com/1/q"),
        ("not a URL", "https://["),
    ],
)
def test_two_queues_are_told_apart(one: str, other: str) -> None:
    assert not is_same_queue(one, other)
