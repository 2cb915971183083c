"""A listing is believed only if it can be right."""

from collections.abc import Callable

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.listing import Answer, CloudBucket
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.buckets.port import ListedObject, ListingError
from tests.support.fakes import FakeObjectStore


def listed(key: str) -> ListedObject:
    return ListedObject(key, 1, "e", "STANDARD")


def an_answer(
    *objects: ListedObject, more: bool | None, token: str | None = None, bucket: str | None = "shop"
) -> Answer:
    return Answer(bucket, objects, len(objects), more, token)


class FakeLister:
    """A bucket that answers as S3 does, ``page`` keys at a time; ``spoil`` changes the answer of a request."""

    def __init__(self, *keys: str, page: int = 2) -> None:
        self.keys = sorted(keys, key=str.encode)
        self.page = page
        self.asked: list[tuple[str, str | None]] = []
        self.spoil: Callable[[int, Answer], Answer] = lambda _, answer: answer

    def __call__(self, prefix: str, after: str, token: str | None) -> Answer:
        self.asked.append((after, token))
        found = [key for key in self.keys if key.startswith(prefix) and key.encode() > after.encode()]
        page = [listed(key) for key in found[: self.page]]
        answer = an_answer(*page, more=len(found) > self.page)
        return self.spoil(len(self.asked), answer)


def read(lister: FakeLister, prefix: str = "", after: str = "") -> list[str]:
    bucket = CloudBucket("aws", "shop", lister, FakeObjectStore(), Patience(1))
    return [one.key for page in bucket.pages(prefix, after) for one in page]


def test_every_key_comes_once_in_the_order_of_bytes() -> None:
    lister = FakeLister("a", "b/1", "b.jpg", "é", "\U0001f45f", "\uff5e", "z")
    assert read(lister) == ["a", "b.jpg", "b/1", "z", "é", "\uff5e", "\U0001f45f"]
    assert [after for after, _ in lister.asked] == ["", "b.jpg", "z", "\uff5e", "\U0001f45f"]


def test_a_listing_goes_on_after_a_key() -> None:
    assert read(FakeLister("a", "b", "c", "d"), after="b") == ["c", "d"]
    assert read(FakeLister("a", "b/1", "b/2", "c"), prefix="b/", after="b/1") == ["b/2"]


def test_a_full_page_that_says_it_is_the_last_is_not_believed() -> None:
    lister = FakeLister("a", "b", "c", "d", "e")
    lister.spoil = lambda number, answer: answer._replace(is_truncated=False) if number == 2 else answer
    assert read(lister) == ["a", "b", "c", "d", "e"]


def test_an_empty_page_that_has_a_token_is_passed_over() -> None:
    lister = FakeLister("a", "b", "c")
    empty = an_answer(more=True, token="on")
    lister.spoil = lambda number, answer: empty if number == 2 else answer
    assert read(lister) == ["a", "b", "c"]
    assert lister.asked[2] == ("b", "on")


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (an_answer(listed("a"), more=True), "the key a comes again, or after a later one"),
        (an_answer(listed("d"), listed("c"), more=True), "the key c comes again, or after a later one"),
        (an_answer(listed("c"), listed("c"), more=True), "the key c comes again"),
        (an_answer(more=True), "does not say how to go on"),
        (an_answer(more=None), "does not say how many keys it has, or whether more follow"),
        (an_answer(more=False)._replace(key_count=None), "does not say how many keys it has"),
        (an_answer(listed("c"), more=False)._replace(key_count=2), "does not say how many keys it has"),
        (an_answer(more=False, bucket="other"), "the answer is about the bucket other"),
        (an_answer(more=False, bucket=None), "the answer is about the bucket None"),
    ],
)
def test_a_listing_that_cannot_be_right_is_refused(spoiled: Answer, why: str) -> None:
    lister = FakeLister("a", "b", "c", "d", "e")
    lister.spoil = lambda number, answer: spoiled if number == 2 else answer
    with pytest.raises(ListingError, match=why):
        read(lister)


def test_a_key_without_the_prefix_is_refused() -> None:
    lister = FakeLister("a")
    lister.spoil = lambda _, answer: answer._replace(objects=[listed("z\x1b")], key_count=1)
    with pytest.raises(ListingError, match=r"the key z\\x1b does not begin with the prefix"):
        read(lister, prefix="a")


def test_the_same_token_twice_is_refused() -> None:
    lister = FakeLister("a")
    lister.spoil = lambda _, __: an_answer(more=True, token="again")
    with pytest.raises(ListingError, match="does not say how to go on"):
        read(lister)


def test_a_fault_that_passes_is_repeated() -> None:
    lister = FakeLister("a", "b", "c")
    failed: list[int] = []

    def fail_once(number: int, answer: Answer) -> Answer:
        if number == 2:
            failed.append(number)
            raise IngestError(Reason.THROTTLED, "slow down")
        return answer

    lister.spoil = fail_once
    bucket = CloudBucket("aws", "shop", lister, FakeObjectStore(), Patience())
    assert [one.key for page in bucket.pages("", "") for one in page] == ["a", "b", "c"]
    assert failed == [2]


def test_a_fault_that_a_person_must_mend_ends_the_listing() -> None:
    lister = FakeLister("a")

    def refuse(_: int, __: Answer) -> Answer:
        raise IngestError(Reason.BUCKET_FORBIDDEN, "no")

    lister.spoil = refuse
    with pytest.raises(IngestError, match="no"):
        read(lister)
    assert len(lister.asked) == 1


def test_nothing_waits_once_the_bucket_is_closed() -> None:
    patience = Patience()
    patience.stop()

    def throttle() -> None:
        raise IngestError(Reason.THROTTLED, "slow down")

    with pytest.raises(IngestError, match="the command has ended"):
        patience(throttle)
