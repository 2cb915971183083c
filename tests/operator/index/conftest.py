"""A local Image Search with an operator's environment, for the ``index`` commands."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import INSTANCE, KEY_ID, KEY_SECRET, REGION, Api


@pytest.fixture(scope="module")
def running() -> Iterator[ImageSearchService]:
    with ImageSearchService(
        instance=INSTANCE, region=REGION, access_key_id=KEY_ID, access_key_secret=KEY_SECRET, rate=1000
    ) as service:
        yield service


@pytest.fixture
def service(running: ImageSearchService) -> Iterator[ImageSearchService]:
    yield running
    running.reset()


@pytest.fixture
def api(service: ImageSearchService) -> Api:
    return Api(service)


@pytest.fixture
def environ(service: ImageSearchService) -> dict[str, str]:
    return {
        "INGEST_INSTANCE_NAME": INSTANCE,
        "INGEST_INSTANCE_REGION": REGION,
        "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters",
        "INGEST_BUCKET": "pictures",
        "INGEST_HTTPS_PROXY": service.proxy_url,
        "INGEST_CA_BUNDLE": str(service.ca_path),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
    }


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that returns what was printed on standard output since it was last called."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
