"""Read the URL of a queue, and tell whether two URLs are the same queue."""

import re
from urllib.parse import SplitResult, urlsplit

_ARN = re.compile(
    r"arn:(?P<partition>[a-z0-9-]+):(?P<service>[a-z]+):(?P<region>[a-z0-9-]*):(?P<account>\d*):(?P<name>.*)"
)
_AWS_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_HOSTS_OF_SQS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FIRST_REGION = "us-east-1"  # the region of the SQS host without one, queue.amazonaws.com


def read_queue_url(text: str) -> str:
    """Return the URL without a slash at its end."""
    if found := _ARN.fullmatch(text):
        raise ValueError(_describe_arn(found))
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be a URL that starts with http:// or https://")
    if "?" in text or "#" in text:
        raise ValueError("this is the address of a page or a request; write the URL of the queue, without '?' and '#'")
    if re.search(r"//sns[.-]|:sns:|/topics/", text):
        raise ValueError("this is a topic; write the URL of a queue")
    parts = _parse(text)
    if not parts or re.search(r"\s", text) or (_is_vendors(parts) and not parts.path.strip("/")):
        raise ValueError("must be the URL of a queue, with the queue's name at its end and no blank in it")
    url = text.rstrip("/")
    if url.endswith(".fifo"):
        # Dead letters have no message group, which a FIFO queue requires.
        raise ValueError(
            "this is a FIFO queue: it refuses dead letters, and an upload that waits holds up the others; "
            "use a standard queue"
        )
    return url


def is_same_queue(one: str, other: str) -> bool:
    """Return whether two URLs surely are the same queue, whatever scheme, port or host of SQS they use."""
    return _identify(one) == _identify(other)


def _describe_arn(found: re.Match[str]) -> str:
    if found["service"] != "sqs":
        what = "a topic" if found["service"] == "sns" else "no queue"
        return f"this is the ARN of {what}; write the URL of a queue"
    suffix = ".cn" if found["partition"] == "aws-cn" else ""
    url = f"https://sqs.{found['region']}.amazonaws.com{suffix}/{found['account']}/{found['name']}"
    return f"this is an ARN; write the queue's URL, such as {url}"


def _parse(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_usable else None


def _is_vendors(parts: SplitResult) -> bool:
    """Return whether the host is one of SQS or SMQ, whose queues have a path. An emulator may do without."""
    return (parts.hostname or "").endswith((*_HOSTS_OF_SQS, ".aliyuncs.com"))


def _identify(url: str) -> tuple[str, int | None, str]:
    parts = _parse(url)
    if parts is None:
        return url, None, ""
    host, path = (parts.hostname or "").rstrip("."), parts.path.rstrip("/")
    if host.endswith(_HOSTS_OF_SQS):
        region = _AWS_REGION.search(host)
        return region[0] if region else _FIRST_REGION, None, path
    return host, None if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else parts.port, path
