import pytest

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress


@pytest.mark.parametrize(
    ("url", "endpoint", "tls"),
    [
        ("https://123.mns.cn-shanghai.aliyuncs.com/queues/q", "https://123.mns.cn-shanghai.aliyuncs.com", True),
        (
            "http://123.mns.cn-shanghai-internal.aliyuncs.com/queues/q",
            "http://123.mns.cn-shanghai-internal.aliyuncs.com",
            False,
        ),
        ("https://1.mns.ap-southeast-1.aliyuncs.com/queues/q", "https://1.mns.ap-southeast-1.aliyuncs.com", True),
        ("https://1.mns.us-west-1-internal-vpc.aliyuncs.com/queues/q", None, True),
        ("http://127.0.0.1:8080/queues/q", "http://127.0.0.1:8080", False),
        ("https://localhost/queues/q", "https://localhost", True),
    ],
    ids=["public", "internal", "numbered region", "vpc", "local cloud", "without a port"],
)
def test_a_url_is_split(url: str, endpoint: str | None, *, tls: bool) -> None:
    address = SmqAddress.parse(url)
    assert (address.endpoint, address.name) == (endpoint or url.removesuffix("/queues/q"), "q")
    assert address.host == address.endpoint.partition("://")[2]
    assert address.is_tls is tls


@pytest.mark.parametrize("name", ["ingest", "Ingest-dead-letters", "9", "x" * 120])
def test_a_name_is_kept(name: str) -> None:
    assert SmqAddress.parse(f"https://1.mns.cn-beijing.aliyuncs.com/queues/{name}").name == name


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ingest",
        "acs:mns:cn-shanghai:1:/queues/q",
        "https://sqs.us-east-1.amazonaws.com/123/q",
        "https://me.mns.cn-shanghai.aliyuncs.com/queues/q",
        "https://1.mns.aliyuncs.com/queues/q",
        "https://1.mns.cn-shanghai.aliyuncs.com.example.com/queues/q",
        "https://1.mns.cn-shanghai.aliyuncs.com",
        "https://1.mns.cn-shanghai.aliyuncs.com/topics/q",
        "https://1.mns.cn-shanghai.aliyuncs.com/queues/q/messages",
        "https://1.mns.cn-shanghai.aliyuncs.com/queues/q?x=1",
        "https://1.mns.cn-shanghai.aliyuncs.com/queues/q\n",
        "https://1.mns.cn-shanghai.aliyuncs.com/queues/a_b",
        "https://1.mns.cn-shanghai.aliyuncs.com/queues/" + "x" * 121,
        "ftp://1.mns.cn-shanghai.aliyuncs.com/queues/q",
        "https://192.168.0.1/queues/q",
        "https://\u0661.mns.cn-shanghai.aliyuncs.com/queues/q",
    ],
)
def test_anything_else_is_an_error_with_the_expected_form(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://<account id>\.mns\.<region>\[-internal\]\.aliyuncs\.com/queues/"):
        SmqAddress.parse(url)
