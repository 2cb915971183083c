"""Exports are started once no other task runs, and followed to their end."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_imagesearch20201214 import models

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import instance
from imagesearch_ops.index import tasks
from imagesearch_ops.index.tasks import make_dump
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import InstanceClient
from tests.operator.test_instance import answer, detail, refuse
from tests.support.builders import a_settings
from tests.support.fakes import FixedCredentials

__all__ = ["answer"]

URL = "https://bucket.example/dump?sign=1"
Answer = Callable[..., list[Any]]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> InstanceClient:
    for module in (instance, tasks):
        monkeypatch.setattr(module, "SLOT_SECONDS", 0)
    answer("detail_with_options", detail(TotalCount=3))
    answer("dump_meta_with_options", started())
    return InstanceClient(a_settings(), FixedCredentials(Credentials("id", "secret", None)))


def started(name: object = "500") -> Any:
    body = {"Success": True, "Data": {"Id": name, "DumpMetaStatus": "PROCESSING"}}
    return models.DumpMetaResponseBody().from_map(body)


def listed(*rows: dict[str, Any], total: int | None = None) -> Any:
    data = {"DumpMetaList": list(rows), "TotalCount": len(rows) if total is None else total, "PageNumber": 1}
    return models.DumpMetaListResponseBody().from_map({"Data": data})


def row(status: str, name: object = 500, **fields: Any) -> dict[str, Any]:
    return {"Id": name, "Status": status, "UtcModified": 1629095760000} | fields


def test_a_task_is_followed_until_it_has_succeeded(client, answer: Answer) -> None:
    asked = answer(
        "dump_meta_list_with_options",
        listed(),
        listed(row("PROCESSING")),
        listed(row("SUCCESS", "499", MetaUrl="x"), row("SUCCESS", MetaUrl=URL, Code="0")),
    )
    answer("detail_with_options", detail(TotalCount=3), detail(TotalCount=5))
    found = make_dump(client, Teller(30))
    assert (found.name, found.url, found.before, found.after) == ("500", URL, 3, 5)
    assert {(one.id, one.page_number, one.page_size) for one in asked} == {(500, 1, 10)}


@pytest.mark.parametrize("code", ["Console.TaskAlreadyExist", "Console.IncrementStatusError"])
def test_another_task_is_waited_for_and_entries_are_counted_afterwards(
    client, answer: Answer, code: str, capsys
) -> None:
    asked = answer("dump_meta_with_options", *[refuse(code, 409)] * 7, started(501))
    answer("detail_with_options", *[detail(TotalCount=1)] * 7, detail(TotalCount=9))
    answer("dump_meta_list_with_options", listed(row("SUCCESS", "501", MetaUrl=URL)))
    assert make_dump(client, Teller(30)).before == 9
    assert len(asked) == 8
    assert capsys.readouterr().err.count("Another task of the instance is running") == 1


def test_a_task_on_a_later_page_is_found(client, answer: Answer) -> None:
    asked = answer(
        "dump_meta_list_with_options",
        listed(*(row("SUCCESS", n, MetaUrl="x") for n in range(10)), total=11),
        listed(row("SUCCESS", MetaUrl=URL), total=11),
    )
    assert make_dump(client, Teller(30)).url == URL
    assert [one.page_number for one in asked] == [1, 2]


def test_an_empty_instance_may_export_no_file(client, answer: Answer) -> None:
    answer("detail_with_options", detail(TotalCount=0))
    answer("dump_meta_list_with_options", listed(row("SUCCESS")))
    assert make_dump(client, Teller(30)).url == ""


@pytest.mark.parametrize(
    "answered", [listed(), listed(row("SUCCESS")), listed(row("SUCCESS", MetaUrl="")), listed(row("ODD"))]
)
def test_a_task_that_is_never_shown_ends_the_command(client, answer: Answer, answered: Any) -> None:
    asked = answer("dump_meta_list_with_options", answered)
    with pytest.raises(IngestError) as error:
        make_dump(client, Teller(30))
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
    assert len(asked) == 9


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("Console.CallServiceError", Reason.SERVICE_UNAVAILABLE),
        ("Console.InstanceStatusError", Reason.INSTANCE_UNAVAILABLE),
        ("17", Reason.SERVICE_CODE_UNKNOWN),
    ],
)
def test_a_task_that_fails_ends_the_command(client, answer: Answer, code: str, reason: Reason) -> None:
    answer("dump_meta_list_with_options", listed(row("FAIL", Code=code, Msg="because.")))
    with pytest.raises(IngestError, match=f"the export 500 failed at the service: {code}, because$") as error:
        make_dump(client, Teller(30))
    assert error.value.reason is reason


@pytest.mark.parametrize(
    "body", [started("abc"), started(None), models.DumpMetaResponseBody().from_map({"Success": True})]
)
def test_a_task_without_a_number_is_no_task(client, answer: Answer, body: Any) -> None:
    answer("dump_meta_with_options", body)
    with pytest.raises(IngestError, match="DumpMeta failed: the response could not be read"):
        make_dump(client, Teller(30))


def test_a_refusal_to_export_is_an_operators_matter(client, answer: Answer) -> None:
    asked = answer("dump_meta_with_options", refuse("Console.NoPermission"))
    with pytest.raises(IngestError) as error:
        make_dump(client, Teller(30))
    assert error.value.is_systemic
    assert len(asked) == 1


def test_a_long_wait_is_told_now_and_then(client, answer: Answer, monkeypatch, capsys) -> None:
    now = iter(range(0, 10_000, 7))
    monkeypatch.setattr("imagesearch_ops.index.telling.time.monotonic", lambda: next(now))
    answer("dump_meta_list_with_options", *[listed(row("PROCESSING"))] * 20, listed(row("SUCCESS", MetaUrl=URL)))
    make_dump(client, Teller(30))
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "The instance exports its 3 entries (task 500). This may take a while."
    assert set(told[1:]) == {"The instance is still exporting (task 500)."}
    assert 2 <= len(told[1:]) <= 5
