"""Python's SDK at the stand-in's own address, without a proxy."""

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from alibabacloud_imagesearch20201214 import models
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.core import DaraCore
from darabonba.runtime import RuntimeOptions

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import INSTANCE, KEY_ID, KEY_SECRET, REGION, picture


@pytest.fixture(autouse=True)
def _close_sdk_connections() -> Iterator[None]:
    yield
    for session in DaraCore._sessions.values():  # noqa: SLF001 - it offers no other way
        session.close()
    DaraCore._sessions.clear()  # noqa: SLF001 - as above


class Direct:
    """The SDK with the stand-in's address as its endpoint."""

    def __init__(self, service: ImageSearchService, name: str, protocol: str) -> None:
        self._endpoint = f"{name}:{urlsplit(service.url).port}"
        config = Config(access_key_id=KEY_ID, access_key_secret=KEY_SECRET, region_id=REGION, endpoint=self._endpoint)
        config.protocol = protocol
        self.client = Client(config)
        # Config has a field for it, which the SDK does not read.
        self.client._open_platform_endpoint = self._endpoint  # noqa: SLF001 - see above
        self.runtime = RuntimeOptions(ca=str(service.ca_path), connect_timeout=1000, read_timeout=1000)

    def add(self, data: bytes, pic_name: str) -> Any:
        request = models.AddImageAdvanceRequest(instance_name=INSTANCE, product_id="shoe", pic_name=pic_name)
        request.pic_content_object = io.BytesIO(data)
        return self.client.add_image_advance(request, self.runtime).body

    def search(self, data: bytes) -> Any:
        request = models.SearchImageByPicAdvanceRequest(instance_name=INSTANCE)
        request.pic_content_object = io.BytesIO(data)
        return self.client.search_image_by_pic_advance(request, self.runtime).body


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("protocol", ["HTTPS", "HTTP"])
def test_a_picture_is_indexed_and_found(service: ImageSearchService, name: str, protocol: str) -> None:
    direct = Direct(service, name, protocol)
    assert direct.add(picture(), "left.jpg").success is True
    assert direct.add(picture(corner=3), "right.jpg").success is True
    assert direct.search(picture(corner=3)).auctions[0].pic_name == "right.jpg"
    assert {entry.pic_name for entry in service.entries()} == {"left.jpg", "right.jpg"}


def test_the_upload_goes_to_the_clients_own_address(service: ImageSearchService) -> None:
    direct = Direct(service, "127.0.0.1", "HTTPS")
    direct.add(picture(), "left.jpg")
    assert [(call.leg, call.host) for call in service.calls] == [
        ("authorize", "openplatform.aliyuncs.com"),
        ("upload", "viapi-customer-temp.oss-cn-shanghai.aliyuncs.com"),
        ("add", "imagesearch.ap-southeast-1.aliyuncs.com"),
    ]
