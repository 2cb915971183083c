"""Answers about the bucket and the queue that are not as documented are no answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ingest.adapters.alibaba.announcements import AlibabaAnnouncements
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.watch.oss_rule import read_route
from imagesearch_ingest.watch.ports import QueueAttributes

ROUTE = read_route(
    "acs:eventbridge:cn-shanghai:17:eventbus/default/rule/shop",
    "acs:mns:cn-shanghai:17:queues/shop",
    "pictures",
    "",
    takes_removals=True,
)


class OneQueue:
    """A queue whose attributes are these."""

    def __init__(self, **attributes: Any) -> None:
        self._attributes = SimpleNamespace(**attributes)

    @contextmanager
    def call(self, _: str) -> Iterator[Any]:
        yield SimpleNamespace(get_attributes=lambda: self._attributes)


def see(bucket: Any = None, queue: Any = None) -> AlibabaAnnouncements:
    client: Any = SimpleNamespace(get_bucket_info=lambda _: SimpleNamespace(bucket_info=bucket))
    rules: Any = None
    return AlibabaAnnouncements(client, rules, queue, ROUTE)


@pytest.mark.parametrize("found", [None, SimpleNamespace(name=None), SimpleNamespace(name="another")])
def test_an_answer_without_the_bucket_is_none(found: Any) -> None:
    with pytest.raises(IngestError) as raised:
        see(bucket=found).has_bucket()
    assert raised.value.reason is Reason.SERVICE_UNAVAILABLE


def test_a_bucket_of_the_name_is_there() -> None:
    assert see(bucket=SimpleNamespace(name="pictures")).has_bucket() is True


@pytest.mark.parametrize("retention", [None, "", "seven days"])
def test_attributes_that_are_no_numbers_are_none(retention: Any) -> None:
    with pytest.raises(IngestError) as raised:
        see(queue=OneQueue(message_retention_period=retention, visibility_timeout="720")).queue()
    assert raised.value.reason is Reason.SERVICE_UNAVAILABLE


def test_attributes_may_be_texts() -> None:
    found = see(queue=OneQueue(message_retention_period="604800", visibility_timeout=720)).queue()
    assert found == QueueAttributes(604_800, 720)
