"""Open the queue of a URL."""

from collections.abc import Mapping
from pathlib import Path

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ops.errors import InputError
from imagesearch_ops.extras import Extra, needing
from imagesearch_ops.queue_urls import is_smq
from imagesearch_ops.queues.port import OperatorQueue
from imagesearch_ops.queues.sqs import SqsQueue

CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS = 3, 10
_CONNECTIONS = 20


def open_queue(url: str, environ: Mapping[str, str]) -> OperatorQueue:
    """Return the queue. Nothing is asked yet. SMQ trusts ``INGEST_CA_BUNDLE`` as the function does.

    Raise ``SettingsError`` if the URL is not a queue of SMQ or no AWS region is set, and ``InputError`` if it is not a
    URL or SMQ's SDK is not installed.
    """
    if not url.startswith(("https://", "http://")):
        raise InputError(f"{url!r} is not the URL of a queue, which begins with https://")
    if not is_smq(url):
        return SqsQueue(aws_client("sqs", environ, connections=_CONNECTIONS), url)
    with needing(Extra.ALIBABA):
        from imagesearch_ingest.adapters.alibaba.smq import SmqQueue  # noqa: PLC0415 - optional
        from imagesearch_ops.queues.smq import SmqOperatorQueue  # noqa: PLC0415 - optional
    bundle = environ.get("INGEST_CA_BUNDLE")
    queue = SmqQueue(
        url,
        EnvironmentCredentials(environ),
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        ca_bundle=Path(bundle) if bundle else None,
    )
    return SmqOperatorQueue(queue, url)
