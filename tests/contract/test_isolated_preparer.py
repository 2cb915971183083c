"""The behaviour of every IsolatedPreparer: the fake and the child process."""

from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import IsolatedPreparer
from tests.support.fakes import FakeIsolatedPreparer
from tests.support.pictures import encode, jpeg, scene


@pytest.fixture(params=["fake", "child process"])
def subject(request: pytest.FixtureRequest) -> Iterator[IsolatedPreparer]:
    if request.param == "fake":
        yield FakeIsolatedPreparer()
        return
    with ChildProcess() as child:
        yield child


@pytest.mark.parametrize("data", [jpeg(), encode(scene(), "PNG"), jpeg(4200, 2200)], ids=["JPEG", "PNG", "large"])
@pytest.mark.parametrize("policy", [Policy(), Policy(max_side=200)], ids=["default", "small"])
def test_the_result_is_that_of_prepare(subject: IsolatedPreparer, data: bytes, policy: Policy) -> None:
    assert subject.prepare(data, policy, 60) == prepare(data, policy)


@pytest.mark.parametrize("data", [b"", b"text", jpeg()[:2000], jpeg(50, 50)], ids=["empty", "text", "cut", "small"])
def test_an_error_is_that_of_prepare(subject: IsolatedPreparer, data: bytes) -> None:
    with pytest.raises(IngestError) as expected:
        prepare(data, Policy())
    with pytest.raises(IngestError) as error:
        subject.prepare(data, Policy(), 60)
    assert (error.value.reason, error.value.detail) == (expected.value.reason, expected.value.detail)


def test_without_time_no_image_is_blamed(subject: IsolatedPreparer) -> None:
    with pytest.raises(IngestError) as error:
        subject.prepare(jpeg(), Policy(), 0)
    assert error.value.reason is Reason.NOT_BEGUN
