import pytest

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.progress import Progress
from tests.support.fakes import FakeIsolatedPreparer, VirtualClock
from tests.support.pictures import jpeg


def a_progress(seconds: float = 60.0) -> Progress:
    return Progress(ObjectRef("aws", "shop", "a.jpg"), Budget(Deadline.after(VirtualClock(), seconds)))


def test_picture_is_prepared_apart_in_the_time_that_is_left() -> None:
    apart = FakeIsolatedPreparer()
    assert Preparer(Policy(), apart).prepare(jpeg(), a_progress()).data == jpeg()
    assert apart.seconds == [60.0]


def test_one_picture_at_a_time() -> None:
    apart = FakeIsolatedPreparer()
    preparer = Preparer(Policy(), apart)
    with preparer.lock, pytest.raises(IngestError) as error:
        preparer.prepare(jpeg(), a_progress(0.1))
    assert error.value.reason is Reason.NOT_BEGUN
    assert apart.seconds == []


def test_policy_holds_and_a_refusal_ends_the_turn() -> None:
    preparer = Preparer(Policy(max_megapixels=0.01), FakeIsolatedPreparer())
    with pytest.raises(IngestError, match="too_many_pixels"):
        preparer.prepare(jpeg(), a_progress())
    assert preparer.lock.acquire(blocking=False)
