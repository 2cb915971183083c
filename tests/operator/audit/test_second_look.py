"""What the bucket is asked about objects of which the source of the keys says too little."""

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectState
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.audit.bucket_lines import BucketLine
from imagesearch_ops.audit.second_look import Completer

BARE = BucketLine("a.jpg", "", None, "")
STATE = ObjectState("e1", None, "2026-11-29T00:00:00Z", 9)


class Bucket:
    """Heads of objects by key. A key that is missing is gone."""

    def __init__(self, **states: ObjectState) -> None:
        self.states, self.asked, self.fault = states, 0, False

    def head(self, key: str) -> ObjectState | None:
        self.asked += 1
        if self.fault:
            raise IngestError(Reason.ACCESS_DENIED, "no")
        return self.states.get(key)


def test_the_bucket_says_what_a_file_of_keys_does_not() -> None:
    complete = Completer(Bucket(**{"a.jpg": STATE}).head)
    assert complete(BARE) == BucketLine("a.jpg", "e1", 1795910400.0, "")
    assert complete(BARE._replace(key="gone.jpg")) == BARE._replace(key="gone.jpg")


def test_an_object_with_an_etag_is_not_asked_about() -> None:
    bucket = Bucket()
    line = BARE._replace(etag="e0", last_modified=5.0)
    assert (Completer(bucket.head)(line), bucket.asked) == (line, 0)


def test_a_thousand_objects_are_asked_about_at_most() -> None:
    bucket = Bucket(**{"a.jpg": STATE})
    complete = Completer(bucket.head)
    found = [complete(BARE) for _ in range(1001)]
    assert [one.etag for one in found] == ["e1"] * 1000 + [""]


def test_the_first_fault_ends_the_asking() -> None:
    bucket = Bucket(**{"a.jpg": STATE})
    complete = Completer(bucket.head)
    bucket.fault = True
    assert complete(BARE) == BARE
    bucket.fault = False
    assert (complete(BARE), bucket.asked) == (BARE, 1)
