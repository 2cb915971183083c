"""DumpMeta and DumpMetaList, through the SDK, and the file that MetaUrl leads to."""

import csv
import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.image_search.api import Api, picture, refusal


def _finish(api: Api, task_id: str) -> Any:
    """Wait for the end of a task and return it as listed."""
    for _ in range(2000):
        (task,) = api.call("dump_meta_list", id=int(task_id)).data.dump_meta_list
        if task.status != "PROCESSING":
            return task
        time.sleep(0.01)
    raise AssertionError("the task never ends")


def _dump(api: Api, **settings: object) -> Any:
    api.service.change_tasks(**{"seconds": 0.0} | settings)
    return _finish(api, api.call("dump_meta").data.id)


def _add_two(api: Api) -> None:
    api.add(picture(), "shoe", "left.jpg", custom_content="a, ü\n", int_attr=0, str_attr_2="", category_id=4)
    api.add(picture(), "hat", 'a"b.jpg', region="0,10,0,10")


LINES = [
    {
        "ProductId": "shoe",
        "PicName": "left.jpg",
        "CategoryId": 4,
        "CustomContent": "a, ü\n",
        "IntAttr": 0,
        "StrAttr2": "",
    },
    {"ProductId": "hat", "PicName": 'a"b.jpg', "CategoryId": 88888888},
]


def test_a_dump_is_a_line_of_json_for_each_picture(api: Api) -> None:
    _add_two(api)
    task = _dump(api)
    assert (task.status, task.code, task.msg) == ("SUCCESS", "0", "success")
    assert task.meta_url.startswith("https://imagesearchname.oss-ap-southeast-1.aliyuncs.com/")
    assert [json.loads(line) for line in api.download(task.meta_url).text.splitlines()] == LINES


def test_a_dump_of_an_empty_index_is_empty(api: Api) -> None:
    assert api.download(_dump(api).meta_url).content == b""


def test_a_dump_can_be_an_array(api: Api) -> None:
    _add_two(api)
    assert api.download(_dump(api, format="json_array").meta_url).json() == LINES


def test_a_dump_can_be_csv_in_gzip(api: Api) -> None:
    _add_two(api)
    packed = api.download(_dump(api, format="csv", packing="gzip").meta_url).content
    first, second = csv.DictReader(io.StringIO(gzip.decompress(packed).decode(), newline=""))
    assert list(first) == [
        *("ProductId", "PicName", "CategoryId", "CustomContent"),
        *("IntAttr", "IntAttr2", "IntAttr3", "IntAttr4", "StrAttr", "StrAttr2", "StrAttr3", "StrAttr4"),
    ]
    assert (first["CustomContent"], first["IntAttr"], second["PicName"]) == ("a, ü\n", "0", 'a"b.jpg')


def test_a_dump_can_be_in_a_zip(api: Api) -> None:
    _add_two(api)
    with zipfile.ZipFile(io.BytesIO(api.download(_dump(api, packing="zip").meta_url).content)) as archive:
        (name,) = archive.namelist()
        assert [json.loads(line) for line in archive.read(name).splitlines()] == LINES


def test_the_answers_have_the_fields_of_the_sdks_models(api: Api) -> None:
    started = api.call("dump_meta")
    assert (started.success, started.data.dump_meta_status) == (True, "PROCESSING")
    assert started.to_map().keys() == {"Data", "RequestId", "Success"}
    listed = api.call("dump_meta_list")
    assert listed.to_map().keys() == {"Data", "RequestId"}
    (task,) = listed.data.dump_meta_list
    assert task.to_map().keys() == {"Id", "Status", "UtcCreate", "UtcModified"}
    assert (str(task.id), task.status) == (started.data.id, "PROCESSING")
    assert int(task.utc_create) / 1000 == pytest.approx(time.time(), abs=60)
    assert _dump_after(api).to_map().keys() == {
        *("Id", "Status", "UtcCreate", "UtcModified"),
        *("Code", "Msg", "MetaUrl"),
    }


def _dump_after(api: Api) -> Any:
    api.service.reset()
    api.service.change_rates(dump=1000, dump_list=1000)
    return _dump(api)


def test_one_dump_runs_at_a_time(api: Api) -> None:
    api.service.change_tasks(seconds=60.0)
    api.call("dump_meta")
    assert refusal(lambda: api.call("dump_meta")) == ("Console.TaskAlreadyExist", 409)
    assert api.call("dump_meta_list").data.total_count == 1


def test_a_dump_holds_the_entries_of_its_start(api: Api) -> None:
    api.add(picture(), "shoe", "left.jpg")
    api.service.change_tasks(seconds=0.3)
    task_id = api.call("dump_meta").data.id
    api.delete("shoe")
    assert b"left.jpg" in api.download(_finish(api, task_id).meta_url).content


def test_a_dump_fails_if_scripted(api: Api) -> None:
    task = _dump(api, fail=True)
    assert (task.status, task.meta_url) == ("FAIL", None)
    assert task.code != "0"


def test_tasks_are_listed_in_pages_from_the_newest_on(api: Api) -> None:
    ids = [_dump(api).id for _ in range(5)]
    page = api.call("dump_meta_list", page_number=2, page_size=2).data
    assert [task.id for task in page.dump_meta_list] == [ids[2], ids[1]]
    assert (page.page_number, page.page_size, page.total_count) == (2, 2, 5)
    assert api.call("dump_meta_list", page_number=9).data.dump_meta_list == []
    assert api.call("dump_meta_list", id=10**17).data.total_count == 0


@pytest.mark.parametrize("wrong", [{"page_size": 31}, {"page_size": 0}, {"page_number": 31}, {"id": "x"}])
def test_an_invalid_page_is_refused(api: Api, wrong: dict[str, object]) -> None:
    assert refusal(lambda: api.call("dump_meta_list", **wrong)) == ("Console.BadRequest", 400)


def test_a_url_is_valid_for_two_hours(api: Api, clock: OffsetClock) -> None:
    url = _dump(api).meta_url
    clock.ahead = 7190
    assert api.download(url).status_code == 200
    clock.ahead = 7201
    refused = api.download(url)
    assert (refused.status_code, "<Code>AccessDenied</Code>" in refused.text) == (403, True)
    assert "Request has expired." in refused.text


def test_an_expired_url_is_signed_anew(api: Api, clock: OffsetClock) -> None:
    url = _dump(api, url_seconds=100.0).meta_url
    clock.ahead = 101
    assert api.download(url).status_code == 403
    (task,) = api.call("dump_meta_list").data.dump_meta_list
    assert api.download(task.meta_url).status_code == 200


def test_the_life_of_a_url_can_be_set(api: Api) -> None:
    assert api.download(_dump(api, url_seconds=0.0).meta_url).status_code == 403


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Signature=", "Signature=x", "SignatureDoesNotMatch"),
        ("Expires=", "Expires=1", "SignatureDoesNotMatch"),
        ("/dump?", "/other?", "SignatureDoesNotMatch"),
        ("OSSAccessKeyId=", "OSSAccessKeyId=x", "InvalidAccessKeyId"),
        ("Signature=", "Sign=", "AccessDenied"),
    ],
)
def test_a_changed_url_is_refused(api: Api, old: str, new: str, code: str) -> None:
    url = _dump(api).meta_url
    refused = api.download(url.replace(old, new))
    assert refused.status_code == 403
    assert f"<Code>{code}</Code>" in refused.text


def test_a_url_of_before_a_reset_leads_nowhere(api: Api) -> None:
    url = _dump(api).meta_url
    api.service.reset()
    assert api.download(url).status_code == 404


def test_a_download_can_be_continued(api: Api) -> None:
    _add_two(api)
    url = _dump(api).meta_url
    whole = api.download(url).content
    rest = api.download(url, headers={"Range": "bytes=10-"})
    assert (rest.status_code, rest.content) == (206, whole[10:])
    assert rest.headers["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    assert api.download(url, headers={"Range": "bytes=2-4"}).content == whole[2:5]
    for ignored in (f"bytes={len(whole)}-", "bytes=4-2", "bytes=-5", "lines=1-2"):
        assert api.download(url, headers={"Range": ignored}).content == whole


def test_faults_of_a_download_are_scripted(api: Api) -> None:
    _add_two(api)
    url = _dump(api).meta_url
    api.service.faults.add({"leg": "download", "kind": "error", "code": "AccessDenied", "status": 403})
    api.service.faults.add({"leg": "download", "kind": "cut"})
    assert "<Code>AccessDenied</Code>" in api.download(url).text
    with pytest.raises(OSError, match="IncompleteRead"):
        api.download(url)
    assert api.download(url).status_code == 200


def test_closing_ends_a_running_task(make_service: Callable[..., ImageSearchService]) -> None:
    service = make_service()
    service.change_tasks(seconds=60.0)
    Api(service).call("dump_meta")
    began = time.monotonic()
    service.close()
    assert time.monotonic() - began < 2
    service.start()
    assert Api(service).call("dump_meta_list").data.total_count == 0
