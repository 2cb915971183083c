"""The SDK's client on the local Image Search, whose legs take as long as a test says."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from local_cloud.image_search import ImageSearchService
from tests.support.fakes import FixedCredentials
from tests.support.pictures import jpeg

LEGS = ["authorize", "upload", "add"]
ALL = ["authorize", "upload", "wait", "add"]  # a call waits for its slot before the last one
PICTURE = jpeg()
BUCKET = "viapi-customer-temp"


@pytest.fixture(scope="module")
def far_away() -> Iterator[ImageSearchService]:
    """An instance whose uploads may be accelerated."""
    service = ImageSearchService(
        instance="demo",
        region="ap-southeast-1",
        access_key_id="id",
        access_key_secret="secret",
        rate=1000,
        accelerate=True,
    )
    with service:
        yield service


def api(service: ImageSearchService, **fields: object) -> ImageSearchApi:
    settings = Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        dead_letter_queue_url="http://queue",
        https_proxy=service.proxy_url,
        ca_bundle=service.ca_path,
        **fields,
    )
    return ImageSearchApi(settings, FixedCredentials(Credentials("id", "secret", None)))


def request(name: str = "p/1.jpg", instance: str = "demo") -> AddImageRequest:
    return AddImageRequest(instance_name=instance, product_id="p", pic_name=name, pic_content=PICTURE)


def slow(service: ImageSearchService, **seconds: float) -> None:
    for leg in LEGS:
        service.faults.set_latency(leg, seconds.get(leg, 0))


def slowest(legs: Mapping[str, int]) -> str:
    return max(legs, key=lambda leg: legs[leg])


@pytest.mark.parametrize("leg", LEGS)
def test_a_slow_leg_is_seen_in_its_own_time_and_in_no_other(image_search: ImageSearchService, leg: str) -> None:
    slow(image_search, **{leg: 1.0})
    legs = api(image_search).add(request())
    assert list(legs) == ALL
    assert 1000 <= legs[leg] < 2000
    assert all(legs[other] < 900 for other in LEGS if other != leg)


def test_several_threads_at_once_do_not_mix_their_legs(image_search: ImageSearchService) -> None:
    """A lap of another thread's would make four or two of three, and then no times at all."""
    slow(image_search, upload=0.2)
    index = api(image_search)
    with ThreadPoolExecutor(8) as threads:
        timed = list(threads.map(lambda number: index.add(request(f"p/{number}.jpg")), range(24)))
    assert len(image_search.entries()) == 24
    assert all(list(legs) == ALL for legs in timed)
    assert all(legs["upload"] >= 200 for legs in timed)


def test_threads_whose_legs_differ_are_told_apart() -> None:
    """Two instances, one with a slow first leg and one with a slow last, and one client each for four threads."""
    with service() as first, service() as last:
        slow(first, authorize=1.0)
        slow(last, add=1.0)
        indexes = [api(first), api(last)]
        with ThreadPoolExecutor(8) as threads:
            timed = list(threads.map(lambda n: (n % 2, indexes[n % 2].add(request(f"p/{n}.jpg"))), range(8)))
    assert [slowest(legs) for _, legs in timed] == ["authorize", "add"] * 4


def service() -> ImageSearchService:
    return ImageSearchService(
        instance="demo", region="ap-southeast-1", access_key_id="id", access_key_secret="secret", rate=1000
    )


@pytest.mark.parametrize("leg", LEGS)
def test_an_add_that_fails_leaves_nothing_to_the_one_after_it(image_search: ImageSearchService, leg: str) -> None:
    """In the same thread, and with the same client."""
    slow(image_search, authorize=1.0)
    image_search.faults.add({"leg": leg, "kind": "error", "code": "ServiceUnavailable", "status": 503})
    index = api(image_search)
    with pytest.raises(IngestError) as error:
        index.add(request())
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
    slow(image_search)
    legs = index.add(request())
    assert list(legs) == ALL
    assert all(milliseconds < 900 for milliseconds in legs.values())


@pytest.mark.parametrize(
    ("kind", "host"),
    [
        ("public", f"{BUCKET}.oss-cn-shanghai.aliyuncs.com"),
        ("internal", f"{BUCKET}.oss-cn-shanghai-internal.aliyuncs.com"),
        ("accelerate", f"{BUCKET}.oss-accelerate.aliyuncs.com"),
    ],
)
def test_the_picture_takes_the_way_that_the_settings_say(far_away: ImageSearchService, kind: str, host: str) -> None:
    far_away.reset()
    api(far_away, upload_endpoint_type=kind).add(request())
    assert [call.host for call in far_away.calls if call.leg == "upload"] == [host]
    assert [entry.picture for entry in far_away.entries()] == [PICTURE]


def test_the_accelerated_way_is_taken_only_where_the_service_offers_it(image_search: ImageSearchService) -> None:
    api(image_search, upload_endpoint_type="accelerate").add(request())
    assert [call.host for call in image_search.calls if call.leg == "upload"] == [
        f"{BUCKET}.oss-cn-shanghai.aliyuncs.com"
    ]
