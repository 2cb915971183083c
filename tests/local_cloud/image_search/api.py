"""Call the local Image Search with the unmodified SDK or with raw signed requests, and draw pictures."""

import hashlib
import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from alibabacloud_imagesearch20201214 import models
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils import Utils
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
from PIL import Image

from local_cloud.image_search import ImageSearchService

INSTANCE = "demo"
REGION = "ap-southeast-1"
KEY_ID = "LOCALKEY"
KEY_SECRET = "local-secret"
OPEN_PLATFORM = "openplatform.aliyuncs.com"
IMAGE_SEARCH = f"imagesearch.{REGION}.aliyuncs.com"


def picture(kind: str = "JPEG", size: tuple[int, int] = (160, 120), *, corner: int = 0, **save: Any) -> bytes:
    """Return a picture of a bright square in one corner (0 to 3) of a dark background."""
    image = Image.new("RGB", size, (20, 40, 60))
    width, height = size[0] // 2, size[1] // 2
    left, top = corner % 2 * width, corner // 2 * height
    image.paste((250, 240, 200), (left, top, left + width, top + height))
    stream = io.BytesIO()
    image.save(stream, kind, **save)
    return stream.getvalue()


class Api:
    """The SDK, called as a user calls it, with timeouts of a second."""

    def __init__(
        self, service: ImageSearchService, *, key_id: str = KEY_ID, secret: str = KEY_SECRET, token: str | None = None
    ) -> None:
        config = Config(access_key_id=key_id, access_key_secret=secret, region_id=REGION, security_token=token)
        self.service = service
        self.client = Client(config)
        self.runtime = RuntimeOptions(
            ca=str(service.ca_path), https_proxy=service.proxy_url, connect_timeout=1000, read_timeout=1000
        )

    def add(self, data: bytes, product_id: str = "shoe", pic_name: str = "shoe/left.jpg", **other: Any) -> Any:
        request = models.AddImageAdvanceRequest(
            **{"instance_name": INSTANCE, "product_id": product_id, "pic_name": pic_name} | other
        )
        request.pic_content_object = io.BytesIO(data)
        return self.client.add_image_advance(request, self.runtime).body

    def add_by_url(self, url: str | None) -> Any:
        request = models.AddImageRequest(
            instance_name=INSTANCE, product_id="shoe", pic_name="shoe/left.jpg", pic_content=url
        )
        return self.client.add_image_with_options(request, self.runtime).body

    def delete(self, product_id: str | None, pic_name: str | None = None, **other: Any) -> Any:
        request = models.DeleteImageRequest(instance_name=INSTANCE, product_id=product_id, pic_name=pic_name, **other)
        return self.client.delete_image_with_options(request, self.runtime).body

    def call(self, operation: str, *, instance_name: str | None = INSTANCE, **parameters: Any) -> Any:
        """Call an operation by the name of the SDK's method, such as ``dump_meta``."""
        kind = "".join(word.title() for word in operation.split("_"))
        request = getattr(models, f"{kind}Request")(instance_name=instance_name, **parameters)
        return getattr(self.client, f"{operation}_with_options")(request, self.runtime).body

    def compare(self, one: bytes, other: bytes) -> Any:
        request = models.CompareSimilarByImageAdvanceRequest(
            instance_name=INSTANCE,
            primary_pic_content_object=io.BytesIO(one),
            secondary_pic_content_object=io.BytesIO(other),
        )
        return self.client.compare_similar_by_image_advance(request, self.runtime).body

    def download(self, url: str, **other: Any) -> requests.Response:
        """Get a MetaUrl or an ErrorUrl as a browser behind the proxy would."""
        with requests.Session() as session:
            proxies = {"https": self.service.proxy_url}
            return session.get(url, proxies=proxies, verify=str(self.service.ca_path), timeout=2, **other)

    def search(self, data: bytes, **other: Any) -> Any:
        request = models.SearchImageByPicAdvanceRequest(instance_name=INSTANCE, **other)
        request.pic_content_object = io.BytesIO(data)
        return self.client.search_image_by_pic_advance(request, self.runtime).body

    def detail(self, instance_name: str = INSTANCE) -> Any:
        return self.client.detail_with_options(models.DetailRequest(instance_name=instance_name), self.runtime).body

    def exists(self, product_id: str, pic_name: str) -> Any:
        request = models.CheckImageExistsRequest(instance_name=INSTANCE, product_id=product_id, pic_name=pic_name)
        return self.client.check_image_exists_with_options(request, self.runtime).body


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    """Return the code and the status that a call is refused with."""
    with pytest.raises(AlibabaCloudException) as refused:
        call()
    return code_and_status(refused.value)


def code_and_status(error: AlibabaCloudException) -> tuple[str, int]:
    return error.code, error.status_code or error.data["httpCode"]


class Raw:
    """Requests that are signed as the SDK signs them and can be changed afterwards."""

    def __init__(self, service: ImageSearchService) -> None:
        self._service = service

    def headers(
        self,
        action: str,
        *,
        host: str = OPEN_PLATFORM,
        version: str = "2019-12-19",
        body: bytes = b"",
        query: dict[str, str] | None = None,
        method: str = "GET",
        **other: str,
    ) -> dict[str, str]:
        headers = {
            "host": host,
            "x-acs-action": action,
            "x-acs-version": version,
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        } | {name.replace("_", "-"): value for name, value in other.items()}
        request = SimpleNamespace(method=method, pathname="/", query=query or {}, headers=headers)
        headers["Authorization"] = Utils.get_authorization(
            request, "ACS3-HMAC-SHA256", headers["x-acs-content-sha256"], KEY_ID, KEY_SECRET
        )
        return headers

    def send(self, headers: dict[str, str], *, method: str = "GET", **other: Any) -> requests.Response:
        return self.request(method, f"https://{headers['host']}/", headers=headers, **other)

    def api(self, action: str, body: bytes, content_type: str, version: str = "2020-12-14") -> requests.Response:
        headers = self.headers(
            action, host=IMAGE_SEARCH, version=version, body=body, method="POST", content_type=content_type
        )
        return self.send(headers, method="POST", data=body)

    def authorize(self) -> dict[str, Any]:
        granted: dict[str, Any] = self.send(self.headers("AuthorizeFileUpload")).json()
        return granted

    def upload(self, granted: dict[str, Any], data: bytes, **changed: str) -> requests.Response:
        fields = upload_fields(granted) | changed
        url = f"https://{granted['Bucket']}.{granted['Endpoint']}/"
        return self.request("POST", url, data=fields, files={"file": ("x", data)})

    def request(self, method: str, url: str, **other: Any) -> requests.Response:
        with requests.Session() as session:
            return session.request(
                method,
                url,
                proxies={"https": self._service.proxy_url},
                verify=str(self._service.ca_path),
                timeout=2,
                **other,
            )


def upload_fields(granted: dict[str, Any]) -> dict[str, str]:
    """Return the form fields of an upload that AuthorizeFileUpload has granted."""
    return {
        "OSSAccessKeyId": granted["AccessKeyId"],
        "policy": granted["EncodedPolicy"],
        "Signature": granted["Signature"],
        "key": granted["ObjectKey"],
        "success_action_status": "201",
    }
