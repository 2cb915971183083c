"""Kinds and states of the instance, the documented rates, and how tests change them."""

import time
from collections.abc import Callable

import pytest
import requests
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import Api, Raw, picture, refusal

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "number", "refused", "accepted"),
    [
        ("product", 0, [(99, 100), (4097, 100)], [(100, 4096)]),
        ("generic", 1, [(100, 99)], [(100, 100)]),
        ("fabric", 2, [(447, 600), (448, 4097)], [(448, 4096)]),
        ("trademark", 3, [(199, 300), (200, 4096)], [(200, 4095)]),
        ("furniture", 5, [(99, 100)], [(100, 4096)]),
        ("hardware", 6, [(99, 100)], [(100, 4096)]),
    ],
)
def test_each_kind_has_its_number_and_sides(
    api: Api, kind: str, number: int, refused: list[tuple[int, int]], accepted: list[tuple[int, int]]
) -> None:
    api.service.change_instance(service_type=kind)
    assert api.call("detail").instance.service_type == number
    for size in refused:
        assert refusal(lambda size=size: api.add(picture("GIF", size))) == ("UnsupportedPicPixels", 400)
    for size in accepted:
        assert api.add(picture("GIF", size)).success is True
        assert api.search(picture("GIF", size)).success is True


@pytest.mark.parametrize("kind", ["generic", "fabric", "trademark"])
def test_only_product_search_has_categories(api: Api, kind: str) -> None:
    data = picture(size=(500, 500))
    api.service.change_instance(service_type=kind)
    assert api.add(data, category_id=4).pic_info.category_id == 88888888
    found = api.search(data, category_id=3)
    assert [one.category_id for one in found.auctions] == [88888888]
    assert found.pic_info.category_id == 88888888
    assert refusal(lambda: api.add(data, category_id=10)) == ("InvalidCategory", 400)


def test_a_full_instance_takes_only_overwriting(api: Api) -> None:
    api.add(picture(), "shoe", "left")
    api.service.change_instance(capacity=1)
    assert refusal(lambda: api.add(picture(), "shoe", "right")) == ("InstanceOverQuota", 400)
    assert api.add(picture("PNG"), "shoe", "left").success is True


@pytest.mark.parametrize(("capacity", "steps"), [(0, 0), (1, 0), (2, 1), (10_000, 1), (10_001, 2)])
def test_detail_tells_the_capacity_in_steps_and_no_room_if_there_is_none(api: Api, capacity: int, steps: int) -> None:
    api.add(picture(), "shoe", "left")
    api.service.change_instance(capacity=capacity)
    assert (api.call("detail").instance.capacity, api.call("detail").instance.total_count) == (steps, 1)


CONSOLE = ["detail", "dump_meta", "dump_meta_list", "increase_list"]
OTHERS = ["delete_image", "update_image", "check_image_exists", "search_image_by_text"]


def test_an_unavailable_instance_refuses_every_operation(api: Api) -> None:
    api.service.change_instance(status="unavailable")
    assert {refusal(lambda one=one: api.call(one)) for one in CONSOLE} == {("Console.InstanceStatusError", 409)}
    assert {refusal(lambda one=one: api.call(one)) for one in OTHERS} == {("InstanceStatusError", 409)}
    api.service.change_instance(status="available")
    assert api.call("detail").success is True


def test_an_expired_instance_refuses_every_operation(api: Api) -> None:
    api.service.change_instance(expires=time.time() - 1)
    assert {refusal(lambda one=one: api.call(one)) for one in CONSOLE} == {("Console.OrderStatusError", 409)}
    assert {refusal(lambda one=one: api.call(one)) for one in OTHERS} == {("InstanceStatusError", 409)}


def test_detail_tells_when_the_instance_expires(api: Api) -> None:
    api.service.change_instance(expires=2_000_000_000.5)
    assert api.call("detail").instance.utc_expire_time == "2000000000500"


@pytest.mark.parametrize(
    ("name", "console", "others"),
    [
        (None, "InvalidInstance", "InvalidInstanceName"),
        ("", "InvalidInstance", "InvalidInstance"),
        ("x" * 21, "InvalidInstance", "InvalidInstance"),
        ("other", "Console.InstanceNotFound", "InvalidInstance"),
    ],
)
def test_a_wrong_instance_name_has_the_code_of_its_family(
    api: Api, name: str | None, console: str, others: str
) -> None:
    assert {refusal(lambda one=one: api.call(one, instance_name=name)) for one in CONSOLE} == {(console, 400)}
    assert {refusal(lambda one=one: api.call(one, instance_name=name)) for one in OTHERS} == {(others, 400)}


def test_an_unknown_parameter_has_the_code_of_its_family(raw: Raw) -> None:
    for action, code in (("Detail", "Console.BadRequest"), ("DeleteImage", "BadRequest")):
        refused = raw.api(action, b"InstanceName=demo&Sort=1", FORM)
        assert (refused.status_code, refused.json()["Code"]) == (400, code)


def test_a_reset_takes_every_change_back(api: Api) -> None:
    api.service.change_instance(capacity=0, service_type="fabric", qps=1, status="unavailable", expires=1.0)
    api.service.change_tasks(fail=True)
    api.service.reset()
    detail = api.call("detail").instance
    assert (detail.capacity, detail.service_type, detail.qps) == (10, 0, 5)
    assert api.add(picture()).success is True


@pytest.mark.parametrize(
    ("route", "wrong", "named"),
    [
        ("instance", {"capacity": -1}, "capacity"),
        ("instance", {"qps": 0}, "qps"),
        ("instance", {"service_type": "cloth"}, "fabric"),
        ("instance", {"status": "broken"}, "unavailable"),
        ("instance", {"expires": "tomorrow"}, "expires"),
        ("instance", {"size": 1}, "size"),
        ("tasks", {"format": "xml"}, "json_lines"),
        ("tasks", {"seconds": -1}, "seconds"),
        ("rates", {"detail": 0}, "detail"),
        ("rates", {"move": 1}, "query"),
        ("rates", [], "dict"),
    ],
)
def test_an_invalid_change_is_refused(service: ImageSearchService, route: str, wrong: object, named: str) -> None:
    before = service.instance
    refused = requests.put(f"{service.proxy_url}/_local/{route}", json=wrong, timeout=2)
    assert refused.status_code == 400
    assert named in refused.json()["error"]
    assert service.instance == before


def test_the_instance_is_changed_and_read_over_plain_http(service: ImageSearchService, api: Api) -> None:
    url = f"{service.proxy_url}/_local/instance"
    assert requests.get(url, timeout=2).json()["status"] == "available"
    change = {"capacity": 20_000, "qps": 10, "service_type": "generic", "expires": time.time() + 86_400}
    assert requests.put(url, json=change, timeout=2).status_code == 200
    assert requests.get(url, timeout=2).json().items() >= change.items()
    detail = api.call("detail").instance
    assert (detail.capacity, detail.qps, detail.service_type) == (2, 10, 1)
    requests.put(url, json={"status": "unavailable"}, timeout=2)
    assert requests.get(url, timeout=2).json()["status"] == "unavailable"


class StoppedClock:
    """A clock that goes on only if a test says so, so that no call's time counts."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def make_limited(make_service: Callable[..., ImageSearchService]) -> Callable[..., tuple[Api, StoppedClock]]:
    """Return a function that starts a service with the documented rates on a clock that stands still."""

    def make(**options: object) -> tuple[Api, StoppedClock]:
        clock = StoppedClock()
        return Api(make_service(clock=clock, **options)), clock

    return make


MakeLimited = Callable[..., tuple[Api, StoppedClock]]


def _count_admitted(call: Callable[[], object], calls: int) -> int:
    codes = []
    for _ in range(calls):
        try:
            call()
        except AlibabaCloudException as error:
            codes.append(error.code)
    assert set(codes) <= {"DeniedRequest"}
    return calls - len(codes)


@pytest.mark.parametrize("operation", ["detail", "dump_meta_list", "increase_list"])
def test_calls_of_the_console_are_limited_to_one_a_second(make_limited: MakeLimited, operation: str) -> None:
    api, clock = make_limited()
    assert _count_admitted(lambda: api.call(operation), 5) == 2
    assert refusal(lambda: api.call(operation)) == ("DeniedRequest", 400)
    clock.now += 1
    assert _count_admitted(lambda: api.call(operation), 3) == 1


def test_dumps_are_limited_before_they_are_tried(make_limited: MakeLimited) -> None:
    api, _ = make_limited()
    api.call("dump_meta")
    assert refusal(lambda: api.call("dump_meta")) == ("Console.TaskAlreadyExist", 409)
    assert refusal(lambda: api.call("dump_meta")) == ("DeniedRequest", 400)


def test_searches_and_lookups_share_the_purchased_rate(make_limited: MakeLimited) -> None:
    api, clock = make_limited(qps=5)
    assert _count_admitted(lambda: api.call("search_image_by_text", text="x"), 3) == 3
    assert _count_admitted(lambda: api.exists("shoe", "left"), 5) == 2
    assert refusal(lambda: api.search(picture())) == ("DeniedRequest", 403)
    assert refusal(lambda: api.compare(picture(), picture())) == ("DeniedRequest", 403)
    clock.now += 0.25
    assert api.call("search_image_by_filter", filter="int_attr=1").success is True


def test_a_change_of_qps_changes_the_rate(make_limited: MakeLimited) -> None:
    api, _ = make_limited(qps=1)
    assert _count_admitted(lambda: api.exists("shoe", "left"), 4) == 2
    api.service.change_instance(qps=10)
    assert _count_admitted(lambda: api.exists("shoe", "left"), 12) == 10
    assert api.call("detail").instance.qps == 10


@pytest.mark.parametrize("operation", ["delete_image", "update_image"])
def test_deletes_and_updates_are_limited_to_twenty_a_second(make_limited: MakeLimited, operation: str) -> None:
    api, clock = make_limited()
    api.add(picture(), "shoe", "left")
    product = "shoe" if operation == "update_image" else "none"
    assert _count_admitted(lambda: api.call(operation, product_id=product), 22) == 20
    assert refusal(lambda: api.call(operation, product_id=product)) == ("DeniedRequest", 403)
    clock.now += 0.5
    assert _count_admitted(lambda: api.call(operation, product_id=product), 12) == 10


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tasks_are_listed_by_either_method(raw: Raw, method: str) -> None:
    query = {"InstanceName": "demo"}
    headers = raw.headers(
        "DumpMetaList", host="imagesearch.ap-southeast-1.aliyuncs.com", version="2020-12-14", method=method, query=query
    )
    answer = raw.request(method, f"https://{headers['host']}/", params=query, headers=headers)
    assert answer.status_code == 200
    headers = raw.headers(
        "Detail", host="imagesearch.ap-southeast-1.aliyuncs.com", version="2020-12-14", method=method, query=query
    )
    answer = raw.request(method, f"https://{headers['host']}/", params=query, headers=headers)
    assert answer.status_code == (404 if method == "GET" else 200)
