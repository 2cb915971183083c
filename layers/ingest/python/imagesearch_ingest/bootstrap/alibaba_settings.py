"""Find the faults of the settings that exist on Alibaba Cloud only.

``Settings`` reports them together with its own, all in one message.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.adapters.alibaba.tls import tls_context
from imagesearch_ingest.attributes import describe
from imagesearch_ingest.settings import given_settings, variable
from imagesearch_ingest.settings_faults import describe_same_queue

REGION = "FC_REGION"  # Function Compute sets it
_QUEUES = ("queue_url", "dead_letter_queue_url")
_ON_AWS_ONLY = {"credentials_secret", "role_arn", "oidc_provider_arn", "oidc_audience", "sts_endpoint"}
_SCHEMES = ("http://", "https://")


def faults_on_alibaba(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield one line per fault, naming its variable. Faults that exist on every cloud are left to ``Settings``."""
    if not environ.get(REGION):
        yield f"{REGION} is not set. Set it to the region of the bucket and the queues."
    given = given_settings(environ)
    for field in _ON_AWS_ONLY & given.keys():
        yield (
            f"{variable(field)} is set, but it works on AWS only. Remove it: "
            "on Alibaba Cloud the function uses the key of its role."
        )
    queues = {field: given.get(field, "").strip() for field in _QUEUES}  # Settings reports line breaks around them
    for field, url in queues.items():
        if url.startswith(_SCHEMES) and (why := _why_not_smq(url)):
            yield describe(variable(field), url, why)
    if _is_one_queue(*queues.values()):
        yield describe_same_queue(*_QUEUES)
    if "." in (bucket := given.get("bucket", "")) and not re.search("[:/]", bucket):
        yield describe(variable("bucket"), bucket, "a bucket of OSS has no dot in its name")
    if re.match("https?://[^/]+/+[^/]", endpoint := given.get("bucket_endpoint", "")):
        yield describe(variable("bucket_endpoint"), endpoint, "write scheme and host alone, without a bucket or a path")
    bundle = given.get("ca_bundle", "")
    # Not Path.is_file, which raises for a text that is no path. ``Settings`` reports that.
    if os.path.isfile(bundle) and (why := _why_unusable(Path(bundle))):  # noqa: PTH113
        yield describe(variable("ca_bundle"), bundle, why)


def _is_one_queue(one: str, other: str) -> bool:
    """Return whether two URLs are one queue on different networks. ``Settings`` reports other ways to write one."""
    try:
        first, second = (SmqAddress.parse(url.rstrip("/")) for url in (one, other))
    except ValueError:
        return False
    hosts = {address.host.replace("-internal", "") for address in (first, second)}
    return first.name == second.name and len(hosts) == 1 and first.host != second.host


def _why_not_smq(url: str) -> str | None:
    try:
        SmqAddress.parse(url.rstrip("/"))
    except ValueError as error:
        return str(error)
    return None


def _why_unusable(bundle: Path) -> str | None:
    try:
        tls_context(bundle)
    except OSError as error:
        return f"no certificate can be read from this file: {error}"
    return None
