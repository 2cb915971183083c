"""What a service does not answer is unknown, and never called missing. The exit code says whether it may pass."""

import pytest

from imagesearch_ops import instance
from imagesearch_ops.errors import InputError
from tests.operator.explain.conftest import World, check

NO_KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "", "ALIBABA_CLOUD_SECURITY_TOKEN": ""}


def test_without_a_key_for_image_search_the_index_is_not_asked(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    explained = on_aws.explain(key, hours=2, **NO_KEY)
    check(explained, "would be added: nothing speaks against it, but the index was not asked", 7, "would_add")
    document = explained.document
    assert (document["index"], document["index_asked"]) == (None, False)
    assert "InvalidCredentials" in document["why_not_asked"]
    assert explained.summary["error"]["reason"] == "credentials"


def test_no_index_asks_nothing(world: World) -> None:
    key = world.upload(world.key())
    before = len(world.cloud.image_search.calls)
    explained = world.explain(key, index=False, hours=2)
    check(explained, "would be added: nothing speaks against it", 0, "would_add")
    assert (explained.document["index"], explained.document["why_not_asked"]) == (None, "--no-index")
    assert len(world.cloud.image_search.calls) == before
    world.put_letter(key, code="network", fault_class="transient", stage="index", message="cut")
    check(world.explain(key, index=False), "given up: network: cut", 4, "given_up")


def test_what_is_known_without_the_index_is_said(on_aws: World) -> None:
    check(
        on_aws.explain(on_aws.upload(on_aws.key(), b"text\n" * 99), **NO_KEY), "rejected: not_an_image", 3, "rejected"
    )
    check(on_aws.explain(on_aws.key("none.jpg"), **NO_KEY), "gone: ", 4, "gone")


def test_without_an_instance_the_object_is_explained(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    settings = {"INGEST_INSTANCE_NAME": "", "INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}
    explained = on_aws.explain(key, **settings)
    check(explained, "would be added", 7, "would_add")
    assert explained.document["why_not_asked"] == (
        "no instance is known: INGEST_INSTANCE_NAME or INGEST_INSTANCE_REGION is not set"
    )
    assert explained.document["identity"]["pic_name"] == "a.jpg"
    with pytest.raises(InputError, match="no Image Search instance is known"):
        on_aws.explain(key, index=True, **settings)


def test_an_instance_is_enough_to_ask_the_index(world: World) -> None:
    key = world.upload(world.key())
    world.index(key)
    explained = world.explain(key, INGEST_DEAD_LETTER_QUEUE_URL="", INGEST_QUEUE_URL="")
    check(explained, "in the index as it should be", 0, "in_index")
    assert explained.document["queue"].startswith("not searched: ")


def error(code: str, status: int) -> dict[str, object]:
    return {"kind": "error", "code": code, "status": status}


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        (error("UnknownException", 500), 5, "service_unavailable"),
        (error("RequestTimeout", 500), 5, "timeout"),
        (error("DeniedRequest", 403), 5, "throttled"),
        ({"kind": "html"}, 5, "service_unavailable"),
        ({"kind": "empty"}, 5, "service_unavailable"),
        ({"kind": "reset"}, 5, "network"),
        ({"kind": "unsuccessful"}, 5, "service_code_unknown"),
        (error("InvalidAccessKeyId.NotFound", 404), 7, "credentials"),
        (error("InstanceStatusError", 409), 7, "instance_unavailable"),
    ],
)
def test_an_answer_that_fails_is_not_called_missing(
    on_aws: World, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], code: int, reason: str
) -> None:
    monkeypatch.setattr(instance.time, "sleep", lambda _: None)
    on_aws.cloud.image_search.faults.add({"leg": "exists", "times": None, **fault})
    explained = on_aws.explain(on_aws.upload(on_aws.key()), hours=2)
    check(explained, "would be added: nothing speaks against it, but the index was not asked", code, "would_add")
    assert explained.document["index"] is None
    assert explained.summary["error"]["reason"] == reason


def test_a_service_that_denies_a_few_calls_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance.time, "sleep", lambda _: None)
    key = world.upload(world.key())
    world.index(key)
    world.cloud.image_search.faults.add({"leg": "exists", "times": 3, **error("DeniedRequest", 403)})
    check(world.explain(key), "in the index as it should be", 0, "in_index")


@pytest.mark.parametrize(
    ("setting", "code", "reason"),
    [
        ({"INGEST_HTTPS_PROXY": "http://127.0.0.1:9"}, 5, "network"),
        ({"INGEST_INSTANCE_NAME": "other"}, 7, "instance_unavailable"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}, 7, "credentials"),
        ({"INGEST_CA_BUNDLE": ""}, 7, "settings_refused"),
    ],
)
def test_an_instance_that_is_not_reached(on_aws: World, setting: dict[str, str], code: int, reason: str) -> None:
    explained = on_aws.explain(on_aws.upload(on_aws.key()), hours=2, **setting)
    check(explained, "would be added", code, "would_add")
    assert (explained.document["index"], explained.summary["error"]["reason"]) == (None, reason)


def test_a_search_that_fails_leaves_the_entry_known(world: World) -> None:
    key = world.upload(world.key())
    world.index(key)
    world.cloud.image_search.faults.add(
        {"leg": "search", "kind": "error", "code": "SearchTimeout", "status": 500, "times": None}
    )
    explained = world.explain(key, index=True)
    check(explained, "in the index as it should be", 5, "in_index")
    assert explained.document["index"]["same_picture"] is None
    assert explained.summary["error"]["reason"] == "timeout"


@pytest.mark.parametrize("fault", [error("InvalidAction.NotFound", 404), error("NoPermission", 403)])
def test_without_check_image_exists_a_search_by_name_tells(world: World, fault: dict[str, object]) -> None:
    world.cloud.image_search.faults.add({"leg": "exists", "times": None, **fault})
    key = world.upload(world.key(), str_attr="red")
    check(world.explain(key), "waiting", 0, "waiting")
    world.index(key, str_attr="red")
    check(world.explain(key), "in the index as it should be", 0, "in_index")
    world.index(key, str_attr="blue")
    check(world.explain(key), "different: the entry has other attributes: StrAttr", 4, "different")


def test_a_key_that_may_ask_nothing(on_aws: World) -> None:
    for leg in ("exists", "search_by_name"):
        on_aws.cloud.image_search.faults.add({"leg": leg, "times": None, **error("NoPermission", 403)})
    explained = on_aws.explain(on_aws.upload(on_aws.key()), hours=2)
    check(explained, "would be added", 7, "would_add")
    assert "CheckImageExists failed: NoPermission" in explained.document["why_not_asked"]
