"""Differences to plant in the local Alibaba Cloud: for each probe one that it has to notice."""

from typing import Any

import pytest

from local_cloud.eventbridge.errors import EventBridgeError
from local_cloud.eventbridge.models import Rules
from local_cloud.oss import bucket_operations, listing
from local_cloud.oss.models import Bucket
from local_cloud.smq import operations
from local_cloud.smq.models import Queue
from tests.live.account import Account
from tests.live.plants_aws import Plant, diagnose, patched
from tests.live.probes import alibaba, dumping

FIND_PAGE = listing.find_page


def list_late(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    objects = Bucket.objects
    patch.setattr(Bucket, "objects", lambda self: objects(self)[:-1])


def list_like_utf16(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    patch.setattr(
        listing,
        "find_page",
        lambda entries, *rest: FIND_PAGE(sorted(entries, key=lambda one: one[0][0].encode("utf-16-be")), *rest),
    )


def name_another_region(_: Any, patch: pytest.MonkeyPatch, account: Account) -> None:
    describe = bucket_operations._describe  # noqa: SLF001 - the stand-in is to differ
    patch.setattr(bucket_operations, "_describe", lambda one: describe(one) | {"Location": "oss-elsewhere"})
    client = account.oss
    patch.setattr(account, "oss_in", lambda *_: client)


def ignore_priorities(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    send = Queue.send
    patch.setattr(Queue, "send", lambda self, body, delay=None, priority=8: send(self, body, delay))  # noqa: ARG005


def count_differently(**counts: int) -> Plant:
    """Let the attributes of a queue show other counts."""
    names = {"inactive": "InactiveMessages", "delay": "DelayMessages"}

    def differ(queue: Any, action: Any) -> Any:
        answer = read(queue, action)
        text = answer.body.decode()
        for name, count in counts.items():
            tag = names[name]
            text = replace_number(text, tag, count)
        return type(answer)(answer.status, answer.content_type, text.encode(), headers=answer.headers)

    read = operations._ACTIONS["GetQueueAttributes"]  # noqa: SLF001 - the stand-in is to differ
    return lambda _, patch, __: patch.setitem(operations._ACTIONS, "GetQueueAttributes", differ)  # noqa: SLF001


def replace_number(text: str, tag: str, count: int) -> str:
    before, _, after = text.partition(f"<{tag}>")
    return f"{before}<{tag}>{count}</{tag}>{after.partition(f'</{tag}>')[2]}"


def fail_imports(cloud: Any, _: pytest.MonkeyPatch, __: Account) -> None:
    cloud.image_search.change_tasks(fail=True)


def keep_markers(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    patch.setattr(alibaba.OssObjectStore, "fetch", lambda *_: None)


def call_rules_otherwise(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    patch.setattr(Rules, "find", lambda *_: (_ for _ in ()).throw(EventBridgeError("InvalidArgument", "another code")))


ON_ALIBABA: dict[str, Plant] = {
    "IS-16": fail_imports,
    "IS-17": fail_imports,
    "IS-18": patched(dumping, "_read_errors", lambda *_: ["1", "2"]),
    "IS-19": fail_imports,
    "IS-20": name_another_region,
    "ALI-01": diagnose("bucket.announces", ok=False),
    "ALI-05": ignore_priorities,
    "ALI-06": ignore_priorities,
    "ALI-07": diagnose("function.state", ok=False),
    "ALI-09": list_late,
    "ALI-11": keep_markers,
    "ALI-18": count_differently(inactive=0),
    "ALI-20": list_like_utf16,
    "ALI-24": count_differently(delay=0, inactive=2),
    "ALI-40": call_rules_otherwise,
}
THERE_ON_ALIBABA: dict[str, Plant] = {
    "ALI-01": diagnose("bucket.announces", ok=True),
    "ALI-07": diagnose("function.state", ok=True),
}
