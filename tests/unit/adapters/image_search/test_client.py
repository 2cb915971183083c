"""The upload client on the local Image Search, whose requests take as long as a test says."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from local_cloud.image_search import ImageSearchService
from tests.support.fakes import FixedCredentials
from tests.support.pictures import jpeg

LEGS = ["authorize", "upload"]
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
        dead_letter_queue_url="http://queues.example/dead",
        https_proxy=service.proxy_url,
        ca_bundle=service.ca_path,
        **fields,
    )
    return ImageSearchApi(image_search_options(settings), FixedCredentials(Credentials("id", "secret", None)))


def request(name: str = "p/1.jpg", instance: str = "demo") -> AddImageRequest:
    return AddImageRequest(instance_name=instance, product_id="p", pic_name=name, pic_content=PICTURE)


def slow(service: ImageSearchService, **seconds: float) -> None:
    for leg in LEGS:
        service.faults.set_latency(leg, seconds.get(leg, 0))


@pytest.mark.parametrize("leg", LEGS)
def test_slow_leg_shows_in_its_own_time(image_search: ImageSearchService, leg: str) -> None:
    slow(image_search, **{leg: 1.0})
    legs = api(image_search).upload(PICTURE).legs
    assert list(legs) == LEGS
    assert 1000 <= legs[leg] < 2000
    assert all(legs[other] < 900 for other in LEGS if other != leg)


def test_threads_do_not_mix_their_legs(image_search: ImageSearchService) -> None:
    slow(image_search, upload=0.2)
    index = api(image_search)
    with ThreadPoolExecutor(8) as threads:
        uploads = list(threads.map(lambda _: index.upload(PICTURE), range(24)))
    assert len({upload.url for upload in uploads}) == 24
    assert all(list(upload.legs) == LEGS for upload in uploads)
    assert all(upload.legs["upload"] >= 200 for upload in uploads)


@pytest.mark.parametrize("leg", LEGS)
def test_failed_upload_leaves_nothing_behind(image_search: ImageSearchService, leg: str) -> None:
    """The next upload succeeds, in the same thread and with the same client."""
    slow(image_search, authorize=1.0)
    image_search.faults.add({"leg": leg, "kind": "error", "code": "ServiceUnavailable", "status": 503})
    index = api(image_search)
    with pytest.raises(IngestError) as error:
        index.upload(PICTURE)
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
    slow(image_search)
    legs = index.upload(PICTURE).legs
    assert list(legs) == LEGS
    assert all(milliseconds < 900 for milliseconds in legs.values())


@pytest.mark.parametrize(
    ("kind", "host"),
    [
        ("public", f"{BUCKET}.oss-cn-shanghai.aliyuncs.com"),
        ("internal", f"{BUCKET}.oss-cn-shanghai-internal.aliyuncs.com"),
        ("accelerate", f"{BUCKET}.oss-accelerate.aliyuncs.com"),
    ],
)
def test_upload_takes_the_configured_way(far_away: ImageSearchService, kind: str, host: str) -> None:
    far_away.reset()
    index = api(far_away, upload_endpoint_type=kind)
    index.add(index.upload(PICTURE), request())
    assert [call.host for call in far_away.calls if call.leg == "upload"] == [host]
    assert [entry.picture for entry in far_away.entries()] == [PICTURE]


def test_acceleration_needs_the_service_to_offer_it(image_search: ImageSearchService) -> None:
    api(image_search, upload_endpoint_type="accelerate").upload(PICTURE)
    assert [call.host for call in image_search.calls if call.leg == "upload"] == [
        f"{BUCKET}.oss-cn-shanghai.aliyuncs.com"
    ]
