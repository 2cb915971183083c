import pytest

from imagesearch_ops.queue_urls import is_smq


@pytest.mark.parametrize(
    ("queue_url", "expected"),
    [
        ("https://1.mns.cn-shanghai.aliyuncs.com/queues/q", True),
        ("https://127.0.0.1:4000/queues/q", True),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/q.mns.q", False),
        ("http://127.0.0.1:4000/123456789012/queues", False),
    ],
)
def test_url_tells_smq_from_sqs(queue_url: str, *, expected: bool) -> None:
    assert is_smq(queue_url) is expected
