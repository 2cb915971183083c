"""The reconciler over the real adapter and the local service: upload, wait for a slot, add."""

import inspect
from types import FrameType

import pytest

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.image_search.sdk import Client
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.reconciler import Reconciler
from imagesearch_ingest.settings import Settings
from local_cloud.image_search import ImageSearchService
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeObjectStore, FixedCredentials, VirtualClock
from tests.support.pictures import jpeg

MOST_FRAMES = 9


@pytest.fixture
def reconciler(image_search: ImageSearchService) -> Reconciler:
    settings = Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        dead_letter_queue_url="http://queue",
        https_proxy=image_search.proxy_url,
        ca_bundle=image_search.ca_path,
    )
    index = ImageSearchApi(image_search_options(settings), FixedCredentials(Credentials("id", "secret", None)))
    store = FakeObjectStore()
    store.put("shop", "p/1.jpg", jpeg())
    return a_reconciler(store, index, VirtualClock())


def reconcile(reconciler: Reconciler) -> Outcome:
    return reconciler.reconcile(ObjectRef("aws", "shop", "p/1.jpg"), Deadline.after(reconciler.clock, 60))


def legs(service: ImageSearchService) -> list[str]:
    return [call.leg for call in service.calls]


def fail_add(service: ImageSearchService, code: str, times: int) -> None:
    service.faults.add({"leg": "add", "kind": "error", "code": code, "status": 403, "times": times})


def test_refused_adds_repeat_the_add_alone(image_search: ImageSearchService, reconciler: Reconciler) -> None:
    fail_add(image_search, "DeniedRequest", times=4)
    assert reconcile(reconciler).result is Result.ADDED
    assert legs(image_search) == ["authorize", "upload", *["add"] * 5]


@pytest.mark.parametrize("code", ["UnknownException", "AccessEngineFailed", "SearchTimeout", "TimeoutForTransferImage"])
def test_failed_add_repeats_the_add_alone(image_search: ImageSearchService, reconciler: Reconciler, code: str) -> None:
    fail_add(image_search, code, times=1)
    assert reconcile(reconciler).result is Result.ADDED
    assert legs(image_search) == ["authorize", "upload", "add", "add"]


@pytest.mark.parametrize("code", ["PictureError", "InvalidPicUrl"])
def test_lost_upload_is_uploaded_again(image_search: ImageSearchService, reconciler: Reconciler, code: str) -> None:
    fail_add(image_search, code, times=1)
    assert reconcile(reconciler).result is Result.ADDED
    assert legs(image_search) == ["authorize", "upload", "add"] * 2


@pytest.mark.parametrize("refusals", [3, 9])
def test_refusals_do_not_use_up_the_tries_of_a_lost_upload(
    image_search: ImageSearchService, reconciler: Reconciler, refusals: int
) -> None:
    fail_add(image_search, "DeniedRequest", times=refusals)
    fail_add(image_search, "PictureError", times=2)
    assert reconcile(reconciler).result is Result.ADDED
    assert legs(image_search).count("upload") == 3


def test_lost_upload_ends_after_three_tries(image_search: ImageSearchService, reconciler: Reconciler) -> None:
    fail_add(image_search, "PictureError", times=99)
    assert reconcile(reconciler).reason is Reason.SERVICE_REJECTED
    assert legs(image_search) == ["authorize", "upload", "add"] * 3


@pytest.mark.parametrize(("leg", "expected"), [("authorize", ["authorize"]), ("upload", ["authorize", "upload"])])
def test_failed_upload_repeats_the_upload_alone(
    image_search: ImageSearchService, reconciler: Reconciler, leg: str, expected: list[str]
) -> None:
    image_search.faults.add({"leg": leg, "kind": "error", "code": "ServiceUnavailable", "status": 503, "times": 1})
    outcome = reconcile(reconciler)
    assert (outcome.result, outcome.retries) == (Result.ADDED, 1)
    assert legs(image_search) == [*expected, "authorize", "upload", "add"]


def test_outcome_names_the_time_of_each_leg(reconciler: Reconciler) -> None:
    assert list(reconcile(reconciler).legs) == ["authorize", "upload", "wait", "add"]


def test_add_is_reached_within_nine_frames(reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deeper the call, the harder its path is to follow in a debugger and in a traceback."""
    depths = []
    add = Client.add_image_with_options

    def measured(self: Client, *arguments: object) -> object:
        depths.append(frames_below(Reconciler.reconcile.__code__))
        return add(self, *arguments)

    monkeypatch.setattr(Client, "add_image_with_options", measured)
    assert reconcile(reconciler).result is Result.ADDED
    assert depths
    assert max(depths) <= MOST_FRAMES


def frames_below(code: object) -> int:
    """Return how many frames lie between the caller's and the one that runs ``code``, the caller's included."""
    depth, frame = 0, inspect.currentframe()
    frame = frame.f_back if frame else None
    while isinstance(frame, FrameType) and frame.f_code is not code:
        depth, frame = depth + 1, frame.f_back
    return depth


@pytest.mark.parametrize("code", ["InvalidPicUrl", "PictureError", "PicNotExist"])
def test_a_vanished_upload_is_never_final_at_its_first_answer(image_search, reconciler: Reconciler, code: str) -> None:
    fail_add(image_search, code, times=1)
    assert reconcile(reconciler).result is Result.ADDED
    assert legs(image_search) == ["authorize", "upload", "add"] * 2
    fail_add(image_search, code, times=1)
    outcome = reconciler.reconcile(ObjectRef("aws", "shop", "p/1.jpg"), Deadline.after(reconciler.clock, 3))
    assert (outcome.reason, outcome.service_code) == (Reason.NOT_BEGUN, code)
