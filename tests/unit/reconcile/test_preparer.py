import pytest

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.progress import Progress
from tests.support.fakes import FakeIsolatedPreparer, VirtualClock
from tests.support.pictures import jpeg


def a_progress(*, isolated: bool) -> Progress:
    return Progress(ObjectRef("aws", "shop", "a.jpg"), Budget(Deadline.after(VirtualClock(), 60.0)), isolated)


@pytest.mark.parametrize(("isolated", "seconds"), [(False, []), (True, [60.0])])
def test_picture_is_isolated_on_demand(*, isolated: bool, seconds: list[float]) -> None:
    apart = FakeIsolatedPreparer()
    assert Preparer(isolated=apart).prepare(jpeg(), a_progress(isolated=isolated)).data == jpeg()
    assert apart.seconds == seconds


def test_picture_needs_no_isolated_preparer() -> None:
    assert Preparer().prepare(jpeg(), a_progress(isolated=True)).data == jpeg()


@pytest.mark.parametrize("isolated", [False, True])
def test_policy_applies_everywhere(*, isolated: bool) -> None:
    preparer = Preparer(Policy(max_megapixels=0.01), FakeIsolatedPreparer())
    with pytest.raises(IngestError, match="too_many_pixels"):
        preparer.prepare(jpeg(), a_progress(isolated=isolated))
    assert preparer.lock.acquire(blocking=False)
