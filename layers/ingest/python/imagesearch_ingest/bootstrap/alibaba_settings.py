"""What of the settings only Alibaba Cloud wants otherwise: told together with their other faults, all at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.adapters.alibaba.smq_connection import tls_context
from imagesearch_ingest.attributes import describe
from imagesearch_ingest.settings import variable

REGION = "FC_REGION"  # Function Compute sets it
_QUEUES = ("queue_url", "dead_letter_queue_url")
_SCHEMES = ("http://", "https://")


def faults_on_alibaba(environ: Mapping[str, str]) -> Iterator[str]:
    """One line each, naming its variable. What is wrong on every cloud is left to ``Settings``."""
    if not environ.get(REGION):
        yield f"{REGION} is not set. The region of the bucket and the queues."
    if environ.get(variable("credentials_secret")):
        yield f"{variable('credentials_secret')} is set. It is for AWS; here the function's role has the key."
    for name in map(variable, _QUEUES):
        url = environ.get(name, "")
        if url.startswith(_SCHEMES) and (why := _why_no_queue(url)):
            yield describe(name, url, why)
    bundle = Path(environ.get(variable("ca_bundle")) or "/")
    if bundle.is_file() and (why := _why_untrusted(bundle)):
        yield describe(variable("ca_bundle"), str(bundle), why)


def _why_no_queue(url: str) -> str | None:
    try:
        SmqAddress.parse(url)
    except ValueError as error:
        return str(error)
    return None


def _why_untrusted(bundle: Path) -> str | None:
    try:
        tls_context(bundle)
    except OSError as error:
        return f"it holds no certificates that can be read: {error}"
    return None
