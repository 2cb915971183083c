"""Python's SDK in each way in: the stand-in's own address and the proxy, in TLS and plain."""

import asyncio
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


class Sdk:
    """The SDK with the given client."""

    def __init__(self, client: Client, runtime: RuntimeOptions) -> None:
        self.client = client
        self.runtime = runtime

    def add(self, data: bytes, pic_name: str) -> Any:
        request = models.AddImageAdvanceRequest(instance_name=INSTANCE, product_id="shoe", pic_name=pic_name)
        request.pic_content_object = io.BytesIO(data)
        return self.client.add_image_advance(request, self.runtime).body

    def search(self, data: bytes) -> Any:
        request = models.SearchImageByPicAdvanceRequest(instance_name=INSTANCE)
        request.pic_content_object = io.BytesIO(data)
        return self.client.search_image_by_pic_advance(request, self.runtime).body


RUNTIME = {"connect_timeout": 2000, "read_timeout": 2000}


def config(protocol: str, endpoint: str | None = None) -> Config:
    return Config(
        access_key_id=KEY_ID, access_key_secret=KEY_SECRET, region_id=REGION, endpoint=endpoint, protocol=protocol
    )


def direct(service: ImageSearchService, name: str, protocol: str) -> Sdk:
    """Return the SDK with the stand-in's address as its endpoint."""
    endpoint = f"{name}:{urlsplit(service.url).port}"
    client = Client(config(protocol, endpoint))
    # Config has a field for it, which the SDK does not read.
    client._open_platform_endpoint = endpoint  # noqa: SLF001 - see above
    return Sdk(client, RuntimeOptions(ca=str(service.ca_path), **RUNTIME))


def proxied(service: ImageSearchService, protocol: str) -> Sdk:
    """Return the SDK with the stand-in as its proxy, for both protocols."""
    proxy = service.proxy_url
    runtime = RuntimeOptions(ca=str(service.ca_path), http_proxy=proxy, https_proxy=proxy, **RUNTIME)
    return Sdk(Client(config(protocol)), runtime)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("protocol", ["HTTPS", "HTTP"])
def test_a_picture_is_indexed_and_found(service: ImageSearchService, name: str, protocol: str) -> None:
    check(direct(service, name, protocol), service)


@pytest.mark.parametrize("protocol", ["HTTPS", "HTTP"])
def test_a_picture_is_indexed_and_found_by_the_proxy(service: ImageSearchService, protocol: str) -> None:
    check(proxied(service, protocol), service)


def check(sdk: Sdk, service: ImageSearchService) -> None:
    """Index two pictures, and find one of them."""
    assert sdk.add(picture(), "left.jpg").success is True
    assert sdk.add(picture(corner=3), "right.jpg").success is True
    assert sdk.search(picture(corner=3)).auctions[0].pic_name == "right.jpg"
    assert {entry.pic_name for entry in service.entries()} == {"left.jpg", "right.jpg"}


@pytest.mark.parametrize("way", ["proxy", "endpoint"])
def test_the_asynchronous_client_indexes_a_picture(service: ImageSearchService, way: str) -> None:
    sdk = proxied(service, "HTTPS") if way == "proxy" else direct(service, "127.0.0.1", "HTTPS")
    request = models.AddImageAdvanceRequest(instance_name=INSTANCE, product_id="shoe", pic_name="left.jpg")
    request.pic_content_object = io.BytesIO(picture())
    added = asyncio.run(sdk.client.add_image_advance_async(request, sdk.runtime))
    assert added.body.success is True
    assert [entry.pic_name for entry in service.entries()] == ["left.jpg"]


def test_the_upload_goes_to_the_clients_own_address(service: ImageSearchService) -> None:
    direct(service, "127.0.0.1", "HTTPS").add(picture(), "left.jpg")
    assert [(call.leg, call.host) for call in service.calls] == [
        ("authorize", "openplatform.aliyuncs.com"),
        ("upload", "viapi-customer-temp.oss-cn-shanghai.aliyuncs.com"),
        ("add", "imagesearch.ap-southeast-1.aliyuncs.com"),
    ]
