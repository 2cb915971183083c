"""curl against the local Image Search: an unsigned call, the upload form, and each way in."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import IMAGE_SEARCH, OPEN_PLATFORM, Raw, picture, upload_fields

UPLOAD = "viapi-customer-temp.oss-cn-shanghai.aliyuncs.com"
Curl = Callable[..., str]


@pytest.fixture
def curl(service: ImageSearchService) -> Curl:
    """Return a function that runs curl and returns what it prints. It trusts the stand-in's authority."""
    program = shutil.which("curl") or pytest.fail("curl is not installed")

    def run(*arguments: str | Path) -> str:
        return subprocess.run(  # noqa: S603 - fixed commands
            [program, "--disable", "--silent", "--show-error", "--cacert", service.ca_path, *arguments],
            env={},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout

    return run


WAYS = {
    "proxy": lambda service: ["--proxy", service.proxy_url],
    "tunnel": lambda service: ["--proxy", service.proxy_url, "--proxytunnel"],
    "connect_to": lambda service: ["--connect-to", f"::{service.endpoint}"],
}


class Form:
    """The form of an upload to ``service``, with a file in ``folder``."""

    def __init__(self, service: ImageSearchService, folder: Path) -> None:
        self.service = service
        self._file = folder / "shoe.jpg"

    def write(self, size: int) -> list[str]:
        """Return curl's options for an authorized upload of ``size`` bytes."""
        granted = Raw(self.service).authorize()
        self._file.write_bytes(picture().ljust(size, b"\0"))
        fields = upload_fields(granted) | {"file": f"@{self._file}"}
        return [part for name, value in fields.items() for part in ("--form", f"{name}={value}")]


@pytest.fixture
def form(service: ImageSearchService, tmp_path: Path) -> Form:
    return Form(service, tmp_path)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("way", WAYS)
def test_an_unsigned_call_is_refused_as_documented(
    curl: Curl, service: ImageSearchService, way: str, scheme: str
) -> None:
    options = [*WAYS[way](service), "--write-out", "%{stderr}%{http_code}"]
    answer = json.loads(curl(*options, f"{scheme}://{IMAGE_SEARCH}/?Action=Detail&InstanceName=demo"))
    assert answer["Code"] == "IncompleteSignature"
    assert answer["HostId"] == IMAGE_SEARCH
    assert [call.host for call in service.calls] == [IMAGE_SEARCH]


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_an_unsigned_call_to_the_address_is_refused_as_documented(
    curl: Curl, service: ImageSearchService, scheme: str
) -> None:
    answer = json.loads(curl(f"{scheme}://{service.endpoint}/?Action=Detail&InstanceName=demo"))
    assert (answer["Code"], answer["HostId"]) == ("IncompleteSignature", IMAGE_SEARCH)


# curl sends "Expect" with a big body.
@pytest.mark.parametrize(
    ("size", "framing"),
    [(100, []), (3_000_000, []), (3_000_000, ["--header", "Transfer-Encoding: chunked"]), (3_000_000, ["--http1.0"])],
)
@pytest.mark.parametrize("way", [*WAYS, "endpoint"])
def test_a_form_uploads_a_picture(curl: Curl, form: Form, way: str, size: int, framing: list[str]) -> None:
    service = form.service
    host, options = (service.endpoint, []) if way == "endpoint" else (UPLOAD, WAYS[way](service))
    answer = ET.fromstring(curl(*options, *framing, *form.write(size), f"https://{host}/"))  # noqa: S314 - the stand-in's
    assert answer.findtext("Location") == f"http://{host}/{answer.findtext('Key')}"
    assert service.calls[-1].code == "OK"


def test_a_form_without_a_policy_is_refused_as_documented(curl: Curl, service: ImageSearchService) -> None:
    answer = curl("--proxy", service.proxy_url, "--form", "key=a", "--form", "file=x", f"https://{UPLOAD}/")
    assert ET.fromstring(answer).findtext("Code") == "InvalidArgument"  # noqa: S314 - the stand-in's response
    answer = curl("--proxy", service.proxy_url, "--form", "key=a", "--form", "file=x;filename=y", f"https://{UPLOAD}/")
    assert ET.fromstring(answer).findtext("Code") == "InvalidAccessKeyId"  # noqa: S314 - the stand-in's response


def test_a_head_request_gets_only_the_head(curl: Curl, service: ImageSearchService) -> None:
    for options in ([f"https://{service.endpoint}/"], ["--proxy", service.proxy_url, f"http://{OPEN_PLATFORM}/"]):
        head = curl("--head", *options)
        assert head.startswith("HTTP/1.1 400 ")
        assert head.endswith("\n\n")


def test_the_control_api_is_reached_through_its_own_proxy(curl: Curl, service: ImageSearchService) -> None:
    url = f"http://{service.endpoint}/_local/entries"
    assert curl("--proxy", service.proxy_url, url) == curl(url) == "[]"
