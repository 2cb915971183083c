"""Scripted faults and latencies, as the SDK sees them."""

import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ClientException, ServerException
from darabonba.exceptions import RetryError, UnretryableException

from local_cloud.image_search import Faults, ImageSearchService
from tests.local_cloud.image_search.api import OPEN_PLATFORM, Api, Raw, code_and_status, picture, refusal


def _codes(service: ImageSearchService, leg: str) -> list[str]:
    return [call.code for call in service.calls if call.leg == leg]


def test_a_scripted_error_applies_once(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "add", "kind": "error", "code": "DeniedRequest", "status": 403})
    with pytest.raises(ClientException) as refused:
        api.add(picture())
    assert code_and_status(refused.value) == ("DeniedRequest", 403)
    assert service.entries() == []
    assert api.add(picture()).success is True
    assert _codes(service, "add") == ["DeniedRequest", "OK"]


def test_the_sdk_sees_a_scripted_server_error(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "authorize", "kind": "error", "code": "ServiceUnavailable", "status": 503})
    with pytest.raises(ServerException) as failed:
        api.add(picture())
    assert code_and_status(failed.value) == ("ServiceUnavailable", 503)


def test_an_error_on_the_upload_leg_is_xml(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "upload", "kind": "error", "code": "ServiceUnavailable", "status": 503})
    with pytest.raises(ClientException) as failed:
        api.add(picture())
    assert code_and_status(failed.value) == ("ServiceUnavailable", 503)
    assert failed.value.data["hostId"] == "viapi-customer-temp.oss-cn-shanghai.aliyuncs.com"


def test_faults_apply_in_order_and_count(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "delete", "kind": "error", "code": "First", "status": 400, "times": 2})
    service.faults.add({"leg": "delete", "kind": "error", "code": "Then", "status": 500, "times": None})
    seen = []
    for _ in range(5):
        with pytest.raises(AlibabaCloudException) as failed:
            api.delete("shoe")
        seen.append(failed.value.code)
    assert seen == ["First", "First", "Then", "Then", "Then"]
    service.faults.clear()
    assert api.delete("shoe").success is True


@pytest.mark.parametrize("leg", ["authorize", "upload", "add"])
def test_a_reset_comes_before_the_work(service: ImageSearchService, api: Api, leg: str) -> None:
    service.faults.add({"leg": leg, "kind": "reset"})
    with pytest.raises(UnretryableException) as failed:
        api.add(picture())
    assert isinstance(failed.value.inner_exception, RetryError)
    assert service.entries() == []
    assert api.add(picture()).success is True


@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
def test_a_reset_is_a_tcp_reset(service: ImageSearchService, raw: Raw, kind: str) -> None:
    """The SDK cannot show this: Python's TLS reports a reset and an orderly end alike."""
    service.faults.add({"leg": "authorize", "kind": kind})
    host, port = service.proxy_url.removeprefix("http://").split(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in raw.headers("AuthorizeFileUpload").items())
    with socket.create_connection((host, int(port)), 1) as tunnel:
        tunnel.sendall(f"CONNECT {OPEN_PLATFORM}:443 HTTP/1.1\r\n\r\n".encode())
        assert tunnel.recv(1000).startswith(b"HTTP/1.1 200")
        trusting = ssl.create_default_context(cafile=service.ca_path)
        with (
            trusting.wrap_socket(tunnel, server_hostname=OPEN_PLATFORM) as tls,
            socket.fromfd(tls.fileno(), socket.AF_INET, socket.SOCK_STREAM) as wire,
        ):
            # The duplicate has no timeout of its own.
            wire.settimeout(1)
            tls.sendall(f"GET / HTTP/1.1\r\n{head}\r\n".encode())
            with pytest.raises(ConnectionResetError):
                deque(iter(partial(wire.recv, 10_000), b""))


def test_a_lost_answer_comes_after_the_work(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "add", "kind": "lost_answer"})
    with pytest.raises(UnretryableException) as failed:
        api.add(picture())
    assert isinstance(failed.value.inner_exception, RetryError)
    assert len(service.entries()) == 1
    assert _codes(service, "add") == ["lost_answer"]


@pytest.mark.parametrize("kind", ["html", "empty"])
@pytest.mark.parametrize("leg", ["authorize", "add"])
def test_a_response_without_json_has_no_code(service: ImageSearchService, api: Api, leg: str, kind: str) -> None:
    service.faults.add({"leg": leg, "kind": kind})
    with pytest.raises(UnretryableException) as failed:
        api.add(picture())
    assert isinstance(failed.value.inner_exception, RuntimeError)
    assert service.entries() == []


def test_an_html_page_fails_the_upload(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "upload", "kind": "html"})
    with pytest.raises((UnretryableException, AttributeError)):
        api.add(picture())
    assert _codes(service, "add") == []


@pytest.mark.parametrize(("given", "answered"), [({}, 1), ({"code": 4001}, 4001)])
def test_an_unsuccessful_response_returns_normally(
    service: ImageSearchService, api: Api, given: dict[str, int], answered: int
) -> None:
    service.faults.add({"leg": "add", "kind": "unsuccessful"} | given)
    body = api.add(picture())
    assert (body.success, body.code) == (False, answered)
    assert service.entries() == []


def test_an_unsuccessful_search_uses_msg(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "search", "kind": "unsuccessful"})
    assert api.search(picture()).msg == "Scripted."


def test_a_short_stall_only_delays(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "add", "kind": "stall", "seconds": 0.3})
    began = time.monotonic()
    assert api.add(picture()).success is True
    assert 0.3 <= time.monotonic() - began < 0.9
    assert _codes(service, "add") == ["OK"]


def test_nothing_is_done_if_the_client_leaves_a_stall(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "add", "kind": "stall", "seconds": 30})
    api.runtime.read_timeout = 200
    with pytest.raises(UnretryableException) as failed:
        api.add(picture())
    assert "timed out" in str(failed.value).lower()
    deadline = time.monotonic() + 2
    while not _codes(service, "add") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _codes(service, "add") == ["stall"]
    assert service.entries() == []


def test_a_stall_delays_only_its_call(service: ImageSearchService, api: Api) -> None:
    service.faults.add({"leg": "add", "kind": "stall", "seconds": 0.6})
    stalled = threading.Thread(target=api.add, args=(picture(), "slow", "slow"))
    stalled.start()
    while len(service.calls) < 2:
        time.sleep(0.005)
    time.sleep(0.05)
    began = time.monotonic()
    Api(service).add(picture(), "fast", "fast")
    assert time.monotonic() - began < 0.4
    stalled.join()
    assert [entry.product_id for entry in service.entries()] == ["fast", "slow"]


def test_a_latency_delays_its_leg(service: ImageSearchService, api: Api) -> None:
    service.faults.set_latency("add", 0.2)
    service.faults.set_latency("upload", 0.1)
    began = time.monotonic()
    api.add(picture())
    assert 0.3 <= time.monotonic() - began < 0.8


def test_one_in_flight_counts_the_latency(make_service: Callable[..., ImageSearchService]) -> None:
    service = make_service(limiter="one_in_flight")
    service.faults.set_latency("add", 0.4)
    first = threading.Thread(target=Api(service).add, args=(picture(), "first", "first"))
    first.start()
    while _codes(service, "upload") != ["OK"]:
        time.sleep(0.005)
    time.sleep(0.1)
    with pytest.raises(AlibabaCloudException) as refused:
        Api(service).add(picture(), "second", "second")
    assert refused.value.code == "DeniedRequest"
    first.join()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("add", "valid dictionary"),
        ({"leg": "add"}, "kind"),
        ({"leg": "add", "kind": "explode"}, "explode"),
        ({"leg": "move", "kind": "reset"}, "leg"),
        ({"leg": "add", "kind": "reset", "colour": "red"}, "colour"),
        ({"leg": "add", "kind": "reset", "times": 0}, "times"),
        ({"leg": "add", "kind": "reset", "times": True}, "times"),
        ({"leg": "add", "kind": "error", "status": 400}, "code"),
        ({"leg": "add", "kind": "error", "code": "X", "status": 200}, "status"),
        ({"leg": "add", "kind": "error", "code": "X", "status": "400"}, "status"),
        ({"leg": "add", "kind": "stall"}, "seconds"),
        ({"leg": "add", "kind": "stall", "seconds": -1}, "seconds"),
        ({"leg": "add", "kind": "stall", "seconds": float("inf")}, "seconds"),
        ({"leg": "add", "kind": "unsuccessful", "code": 0}, "success"),
        ({"leg": "upload", "kind": "unsuccessful"}, "leg"),
    ],
)
def test_an_invalid_fault_is_refused_in_one_line(spec: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        Faults().add(spec)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("leg", "seconds"), [("move", 1.0), ("add", -1.0), ("add", True), ("add", float("nan"))])
def test_an_invalid_latency_is_refused(leg: str, seconds: float) -> None:
    with pytest.raises(ValueError, match="latency"):
        Faults().set_latency(leg, seconds)


@pytest.mark.parametrize(
    ("leg", "operation", "text"),
    [
        ("update", "update_image", "message"),
        ("search_by_name", "search_image_by_name", "msg"),
        ("search_by_text", "search_image_by_text", "msg"),
        ("search_by_filter", "search_image_by_filter", "msg"),
        ("compare", "compare_similar_by_image", "msg"),
        ("exists", "check_image_exists", "msg"),
        ("detail", "detail", None),
        ("dump", "dump_meta", None),
        ("dump_list", "dump_meta_list", None),
        ("increase", "increase_instance", None),
        ("increase_list", "increase_list", None),
    ],
)
def test_faults_are_scripted_for_every_operation(
    service: ImageSearchService, api: Api, leg: str, operation: str, text: str | None
) -> None:
    service.faults.add({"leg": leg, "kind": "error", "code": "NoPermission", "status": 403})
    service.faults.add({"leg": leg, "kind": "unsuccessful", "code": 7})
    assert refusal(lambda: api.call(operation)) == ("NoPermission", 403)
    body = api.call(operation)
    if text is not None:
        assert (body.success, body.code, getattr(body, text)) == (False, 7, "Scripted.")
    assert _codes(service, leg) == ["NoPermission", "unsuccessful"]


@pytest.mark.parametrize("leg", ["authorize", "upload", "download"])
def test_a_leg_without_success_cannot_be_unsuccessful(service: ImageSearchService, leg: str) -> None:
    with pytest.raises(ValueError, match="no Success"):
        service.faults.add({"leg": leg, "kind": "unsuccessful"})


def test_only_a_download_can_be_cut(service: ImageSearchService) -> None:
    with pytest.raises(ValueError, match="download"):
        service.faults.add({"leg": "add", "kind": "cut"})
