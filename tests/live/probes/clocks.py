"""Probes of a clock that is wrong: requests that are dated 20 minutes off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from alibabacloud_tea_openapi.utils import Utils

from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.adapters.aws.sqs import SqsEventQueue
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from tests.live.account import Account
from tests.live.probe import AWS, INSTANCE, Finding, in_words, judge, probe

_OFF = {"late": timedelta(minutes=-20), "early": timedelta(minutes=20)}


def try_call(call: Callable[[], object]) -> tuple[Reason | None, str]:
    """Return the reason of a refusal, and its code."""
    try:
        call()
    except IngestError as error:
        return error.reason, error.service_code or error.reason.code
    return None, "accepted"


@probe("IS-21", INSTANCE, "2 Detail that are dated 20 minutes off")
def ask_image_search(account: Account) -> Finding:
    seen = {}
    for name, off in _OFF.items():
        text = f"{datetime.now(UTC) + off:%Y-%m-%dT%H:%M:%SZ}"
        with patch.object(Utils, "get_timestamp", staticmethod(lambda text=text: text)):
            seen[name] = try_call(account.instance.detail)
    codes = {name: code for name, (_, code) in seen.items()}
    return judge(set(codes.values()) == {"InvalidTimeStamp.Expired"}, f"20 minutes off: {in_words(codes)}")


@probe("AWS-19", AWS, "1 bucket, 1 queue, 4 requests that are dated 20 minutes off")
def ask_aws(account: Account) -> Finding:
    store = S3ObjectStore(account.aws("s3"))
    bucket, queue = account.new_bucket(), SqsEventQueue(account.aws("sqs"), account.new_queue())
    calls = {
        "S3": lambda: store.fetch(ObjectRef("aws", bucket, "a.jpg"), 100),
        "SQS": lambda: queue.ack("no receipt"),
    }
    seen = {}
    for name, off in _OFF.items():
        with patch("botocore.auth.get_current_datetime", lambda *_, off=off, **__: _now() + off):
            seen |= {f"{service}, {name}": try_call(call) for service, call in calls.items()}
    codes = ", ".join(f"{name}: {code}" for name, (_, code) in seen.items())
    return judge({reason for reason, _ in seen.values()} == {Reason.CREDENTIALS}, codes)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
