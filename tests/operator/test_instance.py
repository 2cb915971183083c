"""The answers of Image Search are read with care, since the SDK passes on whatever comes."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from alibabacloud_imagesearch20201214 import models
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import instance
from imagesearch_ops.instance import Entry, InstanceClient
from tests.support.builders import a_settings
from tests.support.fakes import FixedCredentials

OK = {"Success": True, "Code": 0, "Msg": "success", "RequestId": "R1"}
DETAIL = {"TotalCount": 3, "Capacity": 10, "Qps": 5, "ServiceType": 0, "UtcExpireTime": "1800000000000"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> InstanceClient:
    monkeypatch.setattr(instance, "SLOT_SECONDS", 0)
    return InstanceClient(a_settings(), FixedCredentials(Credentials("id", "secret", None)))


def refuse(code: str, status: int = 403) -> ClientException:
    return ClientException(code=code, message=code, status_code=status, data={"statusCode": status})


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Let an operation of the SDK's client answer each of these in turn, the last for ever. Return the requests."""

    def answer(method: str, *answers: Any) -> list[Any]:
        left, requests = list(answers), []

        def respond(_client: Client, request: Any, _runtime: Any) -> SimpleNamespace:
            requests.append(request)
            one = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(one, Exception):
                raise one
            return SimpleNamespace(body=one)

        monkeypatch.setattr(Client, method, respond)
        return requests

    return answer


def exists(**fields: Any) -> Any:
    return models.CheckImageExistsResponseBody().from_map(OK | fields)


def hits(*auctions: dict[str, Any]) -> Any:
    return models.SearchImageByNameResponseBody().from_map(OK | {"Auctions": list(auctions)})


def detail(**fields: Any) -> Any:
    return models.DetailResponseBody().from_map({"Success": True, "Instance": DETAIL | fields})


SHOWN = {"ProductId": "1", "PicName": "a", "CategoryId": 88888888}


@pytest.mark.parametrize(
    ("shown", "attributes"),
    [
        ({}, {}),
        ({"IntAttr": 0}, {"IntAttr": 0}),
        ({"StrAttr": "x", "IntAttr": 0}, {"StrAttr": "x", "IntAttr": 0}),
        ({"StrAttr": "", "IntAttr": 0, "IntAttr2": 7, "CustomContent": ""}, {"IntAttr2": 7}),
        ({"StrAttr3": "", "IntAttr3": 0, "StrAttr": "red", "IntAttr": 5}, {"StrAttr": "red", "IntAttr": 5}),
    ],
)
def test_attributes_that_were_never_given_are_left_out(client, answer, shown, attributes) -> None:
    answer("check_image_exists_with_options", exists(Exists=True, Auctions=SHOWN | shown))
    assert client.find("1", "a") == Entry("1", "a", 88888888, attributes)


def test_ids_that_the_answer_leaves_out_are_those_asked_for(client, answer) -> None:
    answer("check_image_exists_with_options", exists(Exists=True, Auctions={"CategoryId": "4"}))
    assert client.find("1", "a") == Entry("1", "a", 4, {})


def test_a_missing_entry_is_none(client, answer) -> None:
    answer("check_image_exists_with_options", exists(Exists=False))
    assert client.find("1", "a") is None
    assert client.not_offered is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        exists(),
        exists(Exists="yes"),
        exists(Exists=True, Auctions={"CategoryId": "shoes"}),
    ],
)
def test_an_answer_that_is_not_as_documented_is_no_answer(client, answer, body) -> None:
    answer("check_image_exists_with_options", body)
    with pytest.raises(IngestError) as error:
        client.find("1", "a")
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Success": False, "Code": "InvalidInstance"}, Reason.INSTANCE_UNAVAILABLE),
        ({"Success": False, "Code": 0}, Reason.SERVICE_CODE_UNKNOWN),
        ({"Success": True, "Code": "InvalidProductId"}, Reason.ATTRIBUTE_INVALID),
        ({"Success": None, "Code": 0}, Reason.SERVICE_CODE_UNKNOWN),
    ],
)
def test_a_failure_with_status_200_is_a_failure(client, answer, fields, reason) -> None:
    answer("check_image_exists_with_options", exists(Exists=True, Auctions=SHOWN, **fields))
    with pytest.raises(IngestError, match="Success=false, success") as error:
        client.find("1", "a")
    assert error.value.reason is reason
    assert error.value.service_request_id == "R1"


@pytest.mark.parametrize(
    "code", ["InvalidAction.NotFound", "UnsupportedOperationType", "NoPermission", "Forbidden.RAM"]
)
def test_where_the_check_is_not_offered_the_search_by_name_finds_the_entry(client, answer, code: str) -> None:
    answer("check_image_exists_with_options", refuse(code))
    other, own = {"ProductId": "2", "PicName": "a", "Score": 1.0}, SHOWN | {"Score": 1.0, "StrAttr": "red"}
    asked = answer("search_image_by_name_with_options", hits(other, own))
    assert client.find("1", "a") == Entry("1", "a", 88888888, {"StrAttr": "red"}, 1.0)
    assert client.not_offered == code
    assert [(one.product_id, one.pic_name, one.num) for one in asked] == [("1", "a", 100)]


def test_the_search_by_name_says_that_there_is_no_entry(client, answer) -> None:
    answer("check_image_exists_with_options", refuse("InvalidAction.NotFound", 404))
    answer("search_image_by_name_with_options", refuse("PicNotExist", 400))
    assert client.find("1", "a") is None
    assert client.not_offered == "InvalidAction.NotFound"


def test_an_entry_with_a_hundred_twins_exists(client, answer) -> None:
    answer("check_image_exists_with_options", refuse("InvalidAction.NotFound", 404))
    answer("search_image_by_name_with_options", hits({"ProductId": "2", "PicName": "a"}))
    assert client.find("1", "a") == Entry("1", "a", None, {})


def test_the_first_refusal_counts_if_the_search_is_refused_as_well(client, answer) -> None:
    answer("check_image_exists_with_options", refuse("NoPermission"))
    answer("search_image_by_name_with_options", refuse("UnsupportedInstanceType", 400))
    with pytest.raises(IngestError, match="CheckImageExists failed: NoPermission") as error:
        client.find("1", "a")
    assert error.value.reason is Reason.CREDENTIALS


@pytest.mark.parametrize("code", ["InvalidAccessKeyId.NotFound", "InvalidInstance", "InvalidProductId"])
def test_other_refusals_are_errors(client, answer, code: str) -> None:
    answer("check_image_exists_with_options", refuse(code))
    asked = answer("search_image_by_name_with_options", hits())
    with pytest.raises(IngestError, match=code):
        client.find("1", "a")
    assert asked == []


@pytest.mark.parametrize(("code", "calls"), [("DeniedRequest", 5), ("UnknownException", 5), ("NoSuchCodeYet", 2)])
def test_what_may_pass_is_asked_again(client, answer, code: str, calls: int) -> None:
    asked = answer("detail_with_options", refuse(code))
    with pytest.raises(IngestError, match=code):
        client.detail()
    assert len(asked) == calls
    answer("detail_with_options", refuse(code), detail())
    assert client.detail().total == 3


def test_what_cannot_pass_is_asked_once(client, answer) -> None:
    asked = answer("detail_with_options", refuse("NoPermission"))
    with pytest.raises(IngestError):
        client.detail()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (0, "product"),
        ("1", "generic"),
        (2, "fabric"),
        (3, "trademark"),
        (7, "trademark"),
        (9, "type 9"),
        (None, "unknown"),
    ],
)
def test_the_kind_has_a_name(client, answer, kind, name: str) -> None:
    answer("detail_with_options", detail(ServiceType=kind))
    assert client.detail().service_type == name


def test_numbers_are_pictures_and_times_are_utc(client, answer) -> None:
    answer("detail_with_options", detail())
    found = client.detail()
    assert (found.total, found.capacity, found.free, found.qps) == (3, 100_000, 99_997, 5)
    assert found.expires.isoformat() == "2027-01-15T08:00:00+00:00"


@pytest.mark.parametrize(
    "fields", [{"TotalCount": None}, {"Capacity": "large"}, {"UtcExpireTime": "9" * 30}, {"UtcExpireTime": "soon"}]
)
def test_a_detail_that_is_not_as_documented_is_no_answer(client, answer, fields) -> None:
    answer("detail_with_options", detail(**fields))
    with pytest.raises(IngestError, match="Detail failed: the response could not be read"):
        client.detail()
