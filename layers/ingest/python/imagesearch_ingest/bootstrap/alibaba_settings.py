"""Find the faults of the settings that exist on Alibaba Cloud only.

``Settings`` reports them together with its own, all in one message.
"""

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
    """Yield one line per fault, naming its variable. Faults that exist on every cloud are left to ``Settings``."""
    if not environ.get(REGION):
        yield f"{REGION} is not set. Set it to the region of the bucket and the queues."
    if environ.get(variable("credentials_secret")):
        yield (
            f"{variable('credentials_secret')} is set, but it works on AWS only. Remove it: "
            "on Alibaba Cloud the function uses the key of its role."
        )
    for name in map(variable, _QUEUES):
        url = environ.get(name, "")
        if url.startswith(_SCHEMES) and (why := _why_not_smq(url)):
            yield describe(name, url, why)
    bundle = Path(environ.get(variable("ca_bundle")) or "/")
    if bundle.is_file() and (why := _why_unusable(bundle)):
        yield describe(variable("ca_bundle"), str(bundle), why)


def _why_not_smq(url: str) -> str | None:
    try:
        SmqAddress.parse(url)
    except ValueError as error:
        return str(error)
    return None


def _why_unusable(bundle: Path) -> str | None:
    try:
        tls_context(bundle)
    except OSError as error:
        return f"no certificate can be read from this file: {error}"
    return None
