"""Ask a bucket whether an object exists, and repeat what may pass."""

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.existence import Ask, Existence
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.deployment import Deployment

_SECONDS = 20.0  # for one object and the repetitions of its requests


class ObjectLooker:
    """Look at the keys of one bucket. Safe for several threads."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._patience = Patience(_SECONDS)

    def __call__(self, key: str) -> Existence:
        """Return what the bucket says. Raise ``IngestError`` for a fault that concerns more than this object."""
        try:
            key.encode()
        except UnicodeEncodeError:
            return Existence(None, why="the key is not UTF-8")
        return self._patience(lambda: self._ask_once(key))

    def _ask_once(self, key: str) -> Existence:
        """Ask. A refusal is an answer: it is not repeated, as thousands of objects may be refused."""
        try:
            return self._ask(key)
        except IngestError as error:
            if error.reason in (Reason.ACCESS_DENIED, Reason.EVENT_MALFORMED):
                return Existence(None, why=error.detail)
            raise

    def close(self) -> None:
        """Let no call wait any longer."""
        self._patience.stop()


def open_looker(url: BucketUrl, deployment: Deployment) -> ObjectLooker:
    """Return the looker of a bucket. Nothing is asked yet. Raise ``SettingsError`` and ``InputError``."""
    from imagesearch_ops.stores import bucket_client  # noqa: PLC0415 - the SDKs take a second to import

    client = bucket_client(url.cloud, deployment)
    if url.cloud == "aws":
        from imagesearch_ops.buckets.existence_s3 import ask_s3  # noqa: PLC0415 - as above

        return ObjectLooker(ask_s3(client, url.bucket))
    from imagesearch_ops.buckets.existence_oss import ask_oss  # noqa: PLC0415 - as above

    return ObjectLooker(ask_oss(client, url.bucket))
