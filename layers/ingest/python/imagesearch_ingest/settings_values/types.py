"""Give each kind of setting its type: how it is read, what it must look like, and the message if it does not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from imagesearch_ingest.attributes.limits import CategoryId
from imagesearch_ingest.settings_values.attributes import read_category_words, read_metadata
from imagesearch_ingest.settings_values.bucket import read_bucket
from imagesearch_ingest.settings_values.key_prefix import read_prefix
from imagesearch_ingest.settings_values.queue_url import read_queue_url


def _require(pattern: str, expected: str) -> AfterValidator:
    """Return a validator whose message says what is expected instead of quoting ``pattern``."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(expected)
        return text

    return AfterValidator(check)


def _require_arn(kind: str) -> AfterValidator:
    """Return a validator for an ARN of RAM: its user guide, "RAM role overview"; reference of CreateOIDCProvider."""
    expected = f"must be the ARN of RAM's {kind}, such as acs:ram::1234567890123456:{kind}/imagesearch-ingest"
    return _require(rf"acs:ram::[0-9]+:{kind}/[A-Za-z0-9._-]{{1,128}}", expected)


def _if_text(read: Callable[[str], object]) -> Callable[[object], object]:
    """Return a validator that reads a text, and passes a value that is no text."""
    return lambda value: read(value) if isinstance(value, str) else value


def _check_host(url: str) -> str:
    """Raise ``ValueError`` for a URL that the clients cannot take apart: they would fail without naming the setting."""
    try:
        parts = urlsplit(url)
        is_usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ValueError("must be a URL with a host and, after a colon, a port from 1 to 65535")
    return url


def _check_file(path: Path) -> Path:
    try:
        exists = path.is_file()
    except OSError as error:  # a folder that must not be read, or a certificate in the place of its path
        raise ValueError(f"this is not the path of a file that can be read: {error.strerror}") from None
    if not exists:
        raise ValueError("this file does not exist")
    return path


Url = Annotated[
    str,
    _require(r"https?://[^\s/]\S*", "must be a URL that starts with http:// or https://"),
    AfterValidator(_check_host),
]
QueueUrl = Annotated[str, AfterValidator(read_queue_url)]
Host = Annotated[
    str, _require(r"[A-Za-z0-9.-]+(:[0-9]+)?", "must be a host name without a scheme or path, such as host or host:443")
]
Region = Annotated[
    str, _require(r"[a-z]{2}-[a-z]+(-[0-9]+)?", "must be the ID of an Alibaba Cloud region, such as ap-southeast-1")
]
SecretName = Annotated[
    str, _require(r"[A-Za-z0-9/_+=.@:-]{1,512}", "must be the name or ARN of a secret, not the secret itself")
]
RoleArn = Annotated[str, _require_arn("role")]
ProviderArn = Annotated[str, _require_arn("oidc-provider")]
Audience = Annotated[str, _require(r"[A-Za-z0-9._:/-]{1,128}", "must be 1 to 128 letters, digits, or any of . - _ : /")]
StackName = Annotated[
    str, _require(r"[A-Za-z0-9_-]{1,128}", "must be 1 to 128 letters, digits, hyphens or underscores")
]
Colour = Annotated[str, _require("#[0-9A-Fa-f]{6}", "must be written as #rrggbb, such as #ffffff for white")]
ColourOrOff = Annotated[
    str, _require("#[0-9A-Fa-f]{6}|off", "must be written as #rrggbb, such as #808080 for grey, or be 'off'")
]
Seconds = Annotated[float, Field(ge=0.1, le=300)]
Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
ExistingFile = Annotated[Path, AfterValidator(_check_file)]
Bucket = Annotated[str, AfterValidator(read_bucket)]
KeyPrefix = Annotated[str, AfterValidator(read_prefix)]
Metadata = Annotated[str, AfterValidator(read_metadata)]
CategoryWords = Annotated[dict[str, CategoryId], BeforeValidator(_if_text(read_category_words))]
