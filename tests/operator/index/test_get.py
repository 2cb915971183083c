"""``index get`` finds an entry by its key or by its IDs."""

import json

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops import instance
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.index.getting import run_get
from tests.local_cloud.image_search.api import picture

KEY = "shoes/2001/side.jpg"


@pytest.fixture
def shoe(api) -> None:
    api.add(picture(), "2001", KEY, category_id=4, int_attr=0, str_attr="red", custom_content="k:v")


@pytest.mark.usefixtures("shoe")
@pytest.mark.parametrize("asked", [(KEY, None, None), (f"s3://pictures/{KEY}", None, None), (None, "2001", KEY)])
def test_an_entry_is_found_by_key_by_url_and_by_ids(environ, lines, asked) -> None:
    assert run_get(*asked, environ, as_json=True) == ExitCode.OK
    line, summary = lines()
    assert line == {
        "product_id": "2001",
        "pic_name": KEY,
        "category_id": 4,
        "attributes": {"IntAttr": 0, "StrAttr": "red", "CustomContent": "k:v"},
    }
    assert (summary["summary"]["entries"], summary["summary"]["exit"]) == (1, 0)


def test_a_key_goes_through_the_key_rule(environ, api, lines) -> None:
    api.add(picture(), "red", "side.jpg")
    environ |= {"INGEST_KEY_TEMPLATE": "shop/{product_id}/{pic_name}"}
    assert run_get("shop/red/side.jpg", None, None, environ, as_json=True) == ExitCode.OK
    assert lines()[0]["pic_name"] == "side.jpg"


@pytest.mark.parametrize("key", ["a/b", "shop/red", ".DS_Store", "", "shop/x/" + "y" * 300])
def test_a_key_that_the_rule_refuses_is_wrong_input(environ, key: str) -> None:
    environ |= {"INGEST_KEY_TEMPLATE": "shop/{product_id}/{pic_name}"}
    with pytest.raises(InputError, match=r"the key rule takes no such key: .*Give --product-id and --pic-name"):
        run_get(key, None, None, environ, as_json=False)


def test_a_key_in_another_bucket_is_wrong_input(environ) -> None:
    with pytest.raises(InputError, match="is in another bucket than the deployment's, pictures"):
        run_get("s3://other/a/b.jpg", None, None, environ, as_json=False)


@pytest.mark.usefixtures("shoe")
def test_a_missing_entry_is_named_by_its_ids(environ, capsys, lines) -> None:
    assert run_get("shoes/2001/front\x1b.jpg", None, None, environ, as_json=False) == 4
    out, err = capsys.readouterr()
    assert out == "no entry\n"
    assert err.splitlines()[-1] == r"the index has no entry with ProductId 2001, PicName shoes/2001/front\x1b.jpg"
    assert run_get(None, "2002", KEY, environ, as_json=True) == 4
    (last,) = lines()
    assert (last["summary"]["product_id"], last["summary"]["pic_name"]) == ("2002", KEY)
    assert (last["summary"]["entries"], last["summary"]["error"]["reason"]) == (0, "not_found")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((KEY, "2001", None), "KEY and --product-id are both given"),
        ((KEY, "2001", KEY), "KEY and --product-id and --pic-name are both given"),
        ((None, "2001", None), "--pic-name is missing"),
        ((None, None, KEY), "--product-id is missing"),
        ((None, None, None), "no entry is named. Give the key, or both"),
        (("a/\udcff.jpg", None, None), r"KEY a/.* is not valid UTF-8, so no entry has it"),
        ((None, "2001", "\ud800"), "--pic-name .* is not valid UTF-8"),
        ((None, "", KEY), "--product-id has 0 characters"),
        ((None, "2001", "x" * 257), "--pic-name has 257 characters"),
    ],
)
def test_half_a_question_is_refused(environ, asked, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_get(*asked, environ, as_json=False)


@pytest.mark.usefixtures("shoe")
def test_a_person_sees_the_fields_without_control_characters(environ, api, capsys) -> None:
    api.add(picture(), "\x1b[31m", "a\u202eb.jpg", str_attr="\x07")
    run_get(None, "\x1b[31m", "a\u202eb.jpg", environ, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        r"ProductId      \x1b[31m",
        r"PicName        a\u202eb.jpg",
        "CategoryId     88888888",
        r"StrAttr        \x07",
        "",
        "1 entry",
    ]


def test_nothing_is_known_without_settings(environ) -> None:
    del environ["INGEST_INSTANCE_NAME"]
    with pytest.raises(InputError, match="no Image Search instance is known"):
        run_get(KEY, None, None, environ, as_json=False)


@pytest.mark.usefixtures("shoe")
def test_a_service_that_does_not_answer_is_asked_again(environ, service, monkeypatch, lines) -> None:
    monkeypatch.setattr(instance, "SLOT_SECONDS", 0)
    service.faults.add({"leg": "exists", "kind": "reset"})
    service.faults.add({"leg": "exists", "kind": "error", "code": "DeniedRequest", "status": 403})
    assert run_get(KEY, None, None, environ, as_json=True) == ExitCode.OK
    assert lines()[0]["pic_name"] == KEY


@pytest.mark.usefixtures("shoe")
@pytest.mark.parametrize(("name", "code"), [(KEY, 0), ("shoes/2001/other.jpg", 4)])
def test_where_the_check_is_missing_a_search_answers_and_says_so(
    environ, service, capsys, name: str, code: int
) -> None:
    service.faults.add(
        {"leg": "exists", "kind": "error", "code": "InvalidAction.NotFound", "status": 404, "times": None}
    )
    assert run_get(None, "2001", name, environ, as_json=True) == code
    out, err = capsys.readouterr()
    assert "CheckImageExists is refused (InvalidAction.NotFound). SearchImageByName was asked instead.\n" in err
    if code == 0:
        assert json.loads(out.splitlines()[0])["attributes"] == {"IntAttr": 0, "StrAttr": "red", "CustomContent": "k:v"}


@pytest.mark.usefixtures("shoe")
def test_a_failure_with_status_200_is_not_taken_for_a_missing_entry(environ, service) -> None:
    service.faults.add({"leg": "exists", "kind": "unsuccessful", "times": None})
    with pytest.raises(IngestError, match="Success=false"):
        run_get(KEY, None, None, environ, as_json=False)


def test_an_unreachable_instance_is_an_error(environ, monkeypatch) -> None:
    monkeypatch.setattr(instance, "SLOT_SECONDS", 0)
    with pytest.raises(IngestError):
        run_get(KEY, None, None, environ | {"INGEST_HTTPS_PROXY": "http://127.0.0.1:9"}, as_json=False)
