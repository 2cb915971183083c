"""Probes of OSS and SMQ. They make a bucket and queues of their own."""

import base64
import warnings

import alibabacloud_oss_v2 as oss
from mns.queue import Message

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.smq_codes import NO_MESSAGE
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from tests.live.account import Account
from tests.live.probe import OSS, SMQ, Finding, cannot_tell, holds, in_words, judge, probe

COUNT_SECONDS = 30.0  # the counts are only about right at first
_SENT, _MOST_EMPTY_POLLS = 65, 3
KEYS_IN_ORDER = [
    "Z.jpg",
    "a b.jpg",
    "a+b.jpg",
    "a.jpg",
    "~.jpg",
    "\u00e9.jpg",
    "\u978b.jpg",
    "\uff5e.jpg",
    "\U0001f45f.jpg",
]


def bucket_once(account: Account) -> str:
    return account.once("oss bucket", account.new_oss_bucket)


def put(account: Account, bucket: str, key: str, data: bytes = b"bytes") -> None:
    account.oss.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=data))


def list_keys(account: Account, bucket: str, prefix: str = "") -> list[str]:
    found = account.oss.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix=prefix, max_keys=1000))
    return [one.key for one in found.contents or ()]


@probe("ALI-20", OSS, "1 bucket, 9 objects, 1 listing")
def ask_order(account: Account) -> Finding:
    """Put the keys in another order than the bytes of UTF-8. UTF-16 would put the last two the other way round."""
    bucket = bucket_once(account)
    for key in reversed(KEYS_IN_ORDER):
        put(account, bucket, f"order/{key}")
    found = [key.removeprefix("order/") for key in list_keys(account, bucket, "order/")]
    return judge(found == KEYS_IN_ORDER, "listed: " + ", ".join(ascii(key.removesuffix(".jpg")) for key in found))


@probe(
    "ALI-09",
    OSS,
    "1 bucket, 20 objects, each listed and removed at once",
    leaves="objects that are refused and not listed",
)
def ask_listing(account: Account) -> Finding:
    bucket = bucket_once(account)
    late = 0
    for number in range(20):
        put(account, bucket, f"listed/{number}.jpg")
        late += f"listed/{number}.jpg" not in list_keys(account, bucket, "listed/")
        account.oss.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=f"listed/{number}.jpg"))
        late += f"listed/{number}.jpg" in list_keys(account, bucket, "listed/")
    return judge(late == 0, f"{late} of 40 listings were behind the last change")


@probe(
    "ALI-11",
    OSS,
    "1 bucket with versions, 1 object that is removed and comes back",
    leaves="the other choices of that list, and what is announced",
)
def ask_versions(account: Account) -> Finding:
    bucket, store = account.new_oss_bucket(), OssObjectStore(account.oss)
    enabled = oss.VersioningConfiguration(status="Enabled")
    account.oss.put_bucket_versioning(oss.PutBucketVersioningRequest(bucket=bucket, versioning_configuration=enabled))
    put(account, bucket, "one.jpg")
    ref = ObjectRef("alibaba", bucket, "one.jpg")
    marker = account.oss.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="one.jpg"))
    is_gone = store.fetch(ref, 100) is None
    request = oss.DeleteObjectRequest(bucket=bucket, key="one.jpg", version_id=marker.version_id)
    account.oss.delete_object(request)
    back = store.fetch(ref, 100)
    seen = f"gone behind a marker: {is_gone}; back without the marker: {back is not None}"
    return judge(is_gone and back is not None and back.data == b"bytes", seen)


@probe("IS-20", OSS, "1 bucket, 1 GetBucketInfo by a client of another region")
def ask_other_region(account: Account) -> Finding:
    bucket, here = bucket_once(account), account.wanted.oss_region
    elsewhere = "cn-beijing" if here != "cn-beijing" else "cn-shanghai"
    client = account.oss_in(elsewhere, account.environ.get("INGEST_BUCKET_ENDPOINT"))
    try:
        named = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info.location
    except oss.exceptions.OperationError as error:
        inner = error.unwrap()
        return holds(f"a client of {elsewhere} gets {getattr(inner, 'code', type(inner).__name__)}")
    return judge(named == f"oss-{here}", f"a client of {elsewhere} is told {named}")


# ---------------------------------------------------------------- SMQ


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def receive(account: Account, name: str, most: int) -> list[tuple[str, int]]:
    """Return texts and priorities of up to 16 messages, in the order in which they come."""
    try:
        with account.smq(name).call("receiving") as queue:
            found = queue.batch_receive_message(most, 1)
    except IngestError as error:
        if error.service_code == NO_MESSAGE:
            return []
        raise
    return [(base64.b64decode(one.message_body).decode(), int(one.priority)) for one in found]


def send_batch(account: Account, name: str, texts: list[str], priority: int) -> None:
    with account.smq(name).call("sending") as queue:
        queue.batch_send_message([Message(encode(text), priority=priority) for text in texts])


@probe("ALI-05", SMQ, "1 queue, 65 messages", leaves="how long an upload waits behind a backfill of millions")
def ask_priority(account: Account) -> Finding:
    name = account.new_smq_queue()
    for first in range(0, 64, 16):
        send_batch(account, name, [f"low {number}" for number in range(first, first + 16)], 16)
    with account.smq(name).call("sending") as queue:
        queue.send_message(Message(encode("high"), priority=1))
    order: list[str] = []
    polls_without = 0
    while len(order) < _SENT and polls_without < _MOST_EMPTY_POLLS:  # one partition may be empty
        batch = receive(account, name, 16)
        order += [text for text, _ in batch]
        polls_without = 0 if batch else polls_without + 1
    place = order.index("high") + 1 if "high" in order else 0
    return judge(0 < place <= 16, f"a message of priority 1 behind 64 of priority 16 came as number {place or 'none'}")


@probe("ALI-06", SMQ, "1 queue, 4 messages in 2 batches")
def ask_batch_priority(account: Account) -> Finding:
    name = account.new_smq_queue()
    send_batch(account, name, ["low 1", "low 2"], 16)
    send_batch(account, name, ["high 1", "high 2"], 1)
    found: dict[str, int] = {}
    account.wait_until(lambda: found.update(receive(account, name, 16)) or len(found) == 4, 20)
    if len(found) < 4:
        return cannot_tell(f"only {len(found)} of 4 messages came")
    expected = {"low 1": 16, "low 2": 16, "high 1": 1, "high 2": 1}
    return judge(found == expected, f"sent with 16 and 1, received with {sorted(set(found.values()))}")


def read_counts(account: Account, name: str) -> dict[str, int]:
    names = ("active_messages", "inactive_messages", "delay_messages")
    with warnings.catch_warnings():  # the SDK says that the counts will go one day
        warnings.simplefilter("ignore", DeprecationWarning)
        with account.smq(name).call("reading the counts") as queue:
            found = queue.get_attributes()
            return {one: int(getattr(found, one)) for one in names}


def counts_once(account: Account) -> dict[str, int]:
    """Count a queue with one message that can be received, one that is held, and one that has a delay."""

    def make() -> dict[str, int]:
        name = account.new_smq_queue()
        send_batch(account, name, ["held"], 8)
        account.wait_until(lambda: receive(account, name, 1), 10)
        send_batch(account, name, ["visible"], 8)
        with account.smq(name).call("sending") as queue:
            queue.send_message(Message(encode("delayed"), delay_seconds=600))
        wanted = {"active_messages": 1, "inactive_messages": 1, "delay_messages": 1}
        account.wait_until(lambda: read_counts(account, name) == wanted, COUNT_SECONDS)
        return read_counts(account, name)

    return account.once("smq counts", make)


@probe("ALI-18", SMQ, "1 queue, 3 messages")
def ask_counts(account: Account) -> Finding:
    found = counts_once(account)
    return judge(found["active_messages"] == 1 and found["inactive_messages"] >= 1, f"of 1 each: {in_words(found)}")


@probe("ALI-24", SMQ, "1 queue, 3 messages")
def ask_delayed(account: Account) -> Finding:
    found = counts_once(account)
    return judge((found["delay_messages"], found["inactive_messages"]) == (1, 1), f"of 1 each: {in_words(found)}")
