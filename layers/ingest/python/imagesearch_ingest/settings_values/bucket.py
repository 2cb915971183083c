"""Read the name of a bucket: S3 user guide, "General purpose bucket naming rules"; OSS, "Bucket naming"."""

import re

_ADDRESS = re.compile(r"(?:s3[an]?|oss)://+", re.IGNORECASE)
# The part after the last colon of arn:aws:s3:::name (with aws-cn and others) and of OSS's acs:oss:*:*:name.
_ARN = re.compile(r"(?:arn:[a-z0-9-]+:s3|acs:oss):[^:]*:[^:]*:(?P<name>.*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(
    r"(?:https?://)?(?:(?P<virtual>[a-z0-9.-]+?)\.)?(?:s3[a-z0-9.-]*\.amazonaws\.com(?:\.cn)?|oss-[a-z0-9-]+\.aliyuncs\.com)"
    r"(?::\d+)?(?P<path>/.*)?",
    re.IGNORECASE | re.DOTALL,
)
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FOUR_NUMBERS = re.compile(r"\d+\.\d+\.\d+\.\d+")


def read_bucket(text: str) -> str:
    """Return the name. An ``s3://`` address and an ARN without a path are understood."""
    bare = _ADDRESS.sub("", text, count=1) if _ADDRESS.match(text) else text
    if found := _ARN.fullmatch(text):
        bare = found["name"]
        if re.match("accesspoint[/:]", bare):
            raise ValueError("events name the bucket itself, not an access point; write the bucket's name")
    elif found := _HOST.fullmatch(text):
        virtual, path = found["virtual"], (found["path"] or "").strip("/")
        raise ValueError(_describe_parts(virtual, path) if virtual else _describe_parts(*_split(path)))
    name, folder = _split(bare)
    if folder and _is_name(name):
        raise ValueError(_describe_parts(name, folder))
    if not _is_name(name) or folder or text.startswith("/"):
        raise ValueError(
            "must be a bucket's name: 3 to 63 lower-case letters, digits, hyphens and dots, with a letter or a digit "
            "at both ends"
        )
    return name


def _split(path: str) -> tuple[str, str]:
    name, _, folder = path.partition("/")
    return name, folder.strip("/")


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text)) and ".." not in text and not _FOUR_NUMBERS.fullmatch(text)


def _describe_parts(name: str, folder: str) -> str:
    folder = folder.rstrip("*")
    what = f"write the bucket's name alone ({name or 'such as pictures'})"
    if not folder:
        return what
    return f"{what}, and the folder in INGEST_KEY_PREFIX ({folder.rstrip('/')}/)"
