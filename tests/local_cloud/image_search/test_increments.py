"""IncreaseInstance and IncreaseList: increment.meta in a bucket, through the SDK."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import Api, picture, refusal

ADD = {"OperationType": "ADD", "ProductId": "1000", "PicName": "girl_cloth1.jpg"}
SCRIPTED = "[download] Img Download Failed. Scripted."


class Buckets:
    """One bucket, as the local cloud gives it to the service."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {"girl_cloth1.jpg": picture(), "girlCloth/girl_cloth8.jpg": picture("PNG")}

    def read(self, name: str) -> Mapping[str, bytes]:
        if name != "pictures":
            raise LookupError(name)
        return self.objects

    def put_meta(self, *lines: object, key: str = "increment.meta") -> None:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        self.objects[key] = "\n".join(texts).encode()


@pytest.fixture
def buckets(service: ImageSearchService) -> Iterator[Buckets]:
    buckets = Buckets()
    service.change_tasks(seconds=0.0)
    service.read_buckets_by(buckets.read)
    yield buckets
    service.read_buckets_by(Buckets().read)


def _start(api: Api, path: str = "/increment.meta", **other: str) -> Any:
    return api.call("increase_instance", bucket_name="pictures", path=path, **other)


def _list(api: Api, **narrowed: Any) -> Any:
    return api.call("increase_list", **narrowed).data


def _run(api: Api, path: str = "/increment.meta") -> Any:
    """Run a task to its end and return it as listed."""
    task_id = int(_start(api, path).data.id)
    for _ in range(2000):
        (task,) = _list(api, id=task_id).increments.instance
        if task.status != "PROCESSING":
            return task
        time.sleep(0.01)
    raise AssertionError("the task never ends")


def _names(api: Api) -> list[tuple[str, str]]:
    return sorted((entry.product_id, entry.pic_name) for entry in api.service.entries())


def test_lines_add_pictures_with_their_attributes(api: Api, buckets: Buckets) -> None:
    given = {"CategoryId": 0, "IntAttr": 0, "IntAttr4": -3, "StrAttr": "value1", "CustomContent": "k1:v1,靴"}
    buckets.put_meta(ADD | given | {"Region": "20,40,60,80"}, ADD | {"PicName": "girlCloth/girl_cloth8.jpg"})
    task = _run(api)
    assert (task.status, task.code, task.error_url) == ("SUCCESS", "0", None)
    first, second = api.service.entries()
    assert (first.product_id, first.pic_name, first.format) == ("1000", "girl_cloth1.jpg", "JPEG")
    assert first.attributes == given | {"Region": "20,40,60,80"}
    assert (second.pic_name, second.attributes) == ("girlCloth/girl_cloth8.jpg", {})


def test_lines_delete_one_picture_or_a_product(api: Api, buckets: Buckets) -> None:
    for product, name in (("1000", "a.jpg"), ("1000", "b.jpg"), ("2000", "c.jpg"), ("2000", "d.jpg")):
        api.add(picture(), product, name)
    delete = {"OperationType": "DELETE"}
    buckets.put_meta(delete | {"ProductId": "1000", "PicName": "a.jpg"}, delete | {"ProductId": "2000"})
    assert _run(api).status == "SUCCESS"
    assert _names(api) == [("1000", "b.jpg")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "BadRequest"),
        ("", "BadRequest"),
        ("[1]", "BadRequest"),
        (json.dumps(ADD) + json.dumps(ADD), "BadRequest"),
        (ADD | {"OperationType": "MOVE"}, "BadRequest"),
        ({"ProductId": "1", "PicName": "girl_cloth1.jpg"}, "BadRequest"),
        (ADD | {"Crop": True}, "BadRequest"),
        (ADD | {"PicName": "gone.jpg"}, "PicNotExist"),
        (ADD | {"PicName": "/girl_cloth1.jpg"}, "InvalidPicName"),
        (ADD | {"PicName": "girl_cloth1"}, "InvalidPicName"),
        (ADD | {"PicName": "increment.meta"}, "UnsupportedPicFormat"),
        (ADD | {"ProductId": "x" * 257}, "InvalidProductId"),
        (ADD | {"IntAttr": 1.5}, "InvalidIntAttr"),
        (ADD | {"CategoryId": 10}, "InvalidCategory"),
        (ADD | {"Region": "0,9999,0,10"}, "InvalidRegion"),
        ({"OperationType": "DELETE"}, "NoSpecifiedProductId"),
        ({"OperationType": "DELETE", "ProductId": "1", "CategoryId": 0}, "BadRequest"),
    ],
)
def test_a_failed_line_is_listed_and_the_others_are_applied(
    api: Api, buckets: Buckets, line: object, code: str
) -> None:
    buckets.put_meta(line, ADD)
    task = _run(api)
    assert task.status == "SUCCESS"
    (failed,) = [json.loads(text) for text in api.download(task.error_url).text.splitlines()]
    content = line if isinstance(line, str) else json.dumps(line)
    assert (failed["Line"], failed["Content"], failed["Code"]) == (1, content, code)
    assert _names(api) == [("1000", "girl_cloth1.jpg")]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("fields", json.dumps({"Line": 2, "Content": json.dumps(ADD), "Code": "PictureError", "Msg": SCRIPTED})),
        ("lines", json.dumps(ADD)),
        ("text", f"line 2: PictureError: {SCRIPTED}"),
        ("unreadable", "%%2%%"),
    ],
)
def test_lines_fail_by_their_numbers_in_any_form(api: Api, buckets: Buckets, form: str, expected: str) -> None:
    buckets.put_meta(ADD | {"ProductId": "1001"}, ADD)
    api.service.change_tasks(seconds=0.0, fail_lines=[2], errors=form)
    assert api.download(_run(api).error_url).text == f"{expected}\n"
    assert _names(api) == [("1001", "girl_cloth1.jpg")]


def test_a_full_instance_fails_the_lines_beyond_it(api: Api, buckets: Buckets) -> None:
    api.service.change_instance(capacity=1)
    buckets.put_meta(ADD, ADD | {"PicName": "girlCloth/girl_cloth8.jpg"})
    assert b"InstanceOverQuota" in api.download(_run(api).error_url).content
    assert len(api.service.entries()) == 1


@pytest.mark.parametrize("path", ["/shop/new", "/shop/new/increment.meta"])
def test_a_path_names_the_file_or_its_folder(api: Api, buckets: Buckets, path: str) -> None:
    buckets.put_meta(ADD, key="shop/new/increment.meta")
    assert _run(api, path).status == "SUCCESS"
    assert _names(api) == [("1000", "girl_cloth1.jpg")]


def test_a_task_without_its_file_fails(api: Api, buckets: Buckets) -> None:
    assert "increment.meta" not in buckets.objects
    task = _run(api)
    assert (task.status, task.code) == ("FAIL", "Console.BadRequest")
    assert "increment.meta" in task.msg


def test_a_task_that_breaks_fails_and_is_logged(
    api: Api, buckets: Buckets, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets.put_meta(ADD)
    monkeypatch.setattr("local_cloud.image_search.increments.pictures.inspect", lambda *_: 1 / 0)
    task = _run(api)
    assert (task.status, task.code) == ("FAIL", "Console.InternalError")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "increment.meta"},
        {"path": "/shop/"},
        {"path": "/"},
        {"path": None},
        {"bucket_name": "other"},
        {"bucket_name": None},
    ],
)
def test_an_invalid_task_is_refused(api: Api, buckets: Buckets, wrong: dict[str, Any]) -> None:
    buckets.put_meta(ADD)
    given = {"bucket_name": "pictures", "path": "/increment.meta"} | wrong
    assert refusal(lambda: api.call("increase_instance", **given)) == ("Console.BadRequest", 400)
    assert _list(api).total_count == 0


def test_one_task_runs_at_a_time(api: Api, buckets: Buckets) -> None:
    buckets.put_meta(ADD)
    api.service.change_tasks(seconds=60.0)
    started = _start(api)
    assert (started.success, started.data.increment_status) == (True, "PROCESSING")
    assert refusal(lambda: _start(api)) == ("Console.IncrementStatusError", 409)
    assert api.call("dump_meta").success is True


def test_tasks_are_listed_with_what_was_given(api: Api, buckets: Buckets) -> None:
    buckets.put_meta(ADD, key="new/increment.meta")
    buckets.put_meta(ADD)
    _run(api)
    _run(api, "/new")
    api.service.change_tasks(seconds=60.0)
    _start(api, "/new", callback_address="http://example.com/done")
    listed = _list(api)
    assert (listed.total_count, listed.page_number, listed.page_size) == (3, 1, 10)
    newest, *_ = listed.increments.instance
    assert (newest.bucket_name, newest.path) == ("pictures", "/new")
    assert (newest.callback_address, newest.status) == ("http://example.com/done", "PROCESSING")
    assert newest.to_map().keys() == {
        *("Id", "Status", "UtcCreate", "UtcModified"),
        *("BucketName", "Path", "CallbackAddress"),
    }
    assert [one.path for one in _list(api, path="/new").increments.instance] == ["/new", "/new"]
    assert _list(api, bucket_name="other").total_count == 0
    assert [one.path for one in _list(api, page_size=1, page_number=3).increments.instance] == ["/increment.meta"]
    assert refusal(lambda: _list(api, page_size=501)) == ("Console.BadRequest", 400)


def test_a_broken_bucket_is_an_internal_error(make_service: Any, caplog: pytest.LogCaptureFixture) -> None:
    api = Api(make_service())
    api.service.read_buckets_by(lambda _: {}[1 / 0])
    assert refusal(lambda: _start(api)) == ("Console.InternalError", 500)
    assert "ZeroDivisionError" in caplog.text


def test_without_oss_no_bucket_is_found(make_service: Any) -> None:
    api = Api(make_service())
    assert refusal(lambda: _start(api)) == ("Console.BadRequest", 400)
