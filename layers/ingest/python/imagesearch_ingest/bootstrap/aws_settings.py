"""Find the faults of the settings that exist on AWS only.

``Settings`` reports them together with its own, all in one message.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from imagesearch_ingest.attributes import describe
from imagesearch_ingest.settings import given_settings, variable

_ALIBABA = ".aliyuncs.com"


def faults_on_aws(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield one line per fault, naming its variable. Faults that exist on every cloud are left to ``Settings``."""
    given = given_settings(environ)
    if "bucket_endpoint" in given:
        yield f"{variable('bucket_endpoint')} is set, but it works on Alibaba Cloud only. Remove it."
    for field in ("queue_url", "dead_letter_queue_url"):
        if _is_alibabas(url := given.get(field, "")):
            yield describe(variable(field), url, "this is a queue of Alibaba Cloud; write the URL of a queue of SQS")


def _is_alibabas(url: str) -> bool:
    try:
        return (urlsplit(url).hostname or "").endswith(_ALIBABA)
    except ValueError:  # ``Settings`` reports this
        return False
