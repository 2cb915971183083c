"""The canary takes the whole way and leaves nothing behind, however it ends."""

import os
import signal
import threading
import time

import pytest

from imagesearch_ingest.settings import Settings
from imagesearch_ops.doctor import canary
from imagesearch_ops.doctor.canary_keys import choose_key
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.e2e.conftest import wait_until


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "POLL_SECONDS", 0.1)


@pytest.fixture(params=[AwsCloud, AlibabaCloud], ids=["aws", "alibaba"])
def working(request: pytest.FixtureRequest):
    with request.param({"INGEST_EXCLUDE": "drafts/*"}, visibility_seconds=1800) as started:
        yield started


def _keys(cloud) -> list[str]:
    return [stored.key for stored in cloud.objects()]


def test_a_working_deployment_adds_finds_and_removes_it(working, diagnose) -> None:
    found = diagnose(working.environ() | {"INGEST_BUCKET": "pictures"}, write=True)
    assert (found.code, found.broken) == (0, set())
    assert "found after" in found["canary.picture"]["detail"]
    assert (_keys(working), working.image_search.entries()) == ([], [])
    assert working.dead_letters() == []


def test_a_function_that_does_not_run_is_found(cloud, diagnose, monkeypatch) -> None:
    monkeypatch.setattr(canary, "WAIT_SECONDS", 1)
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"}, write=True)
    assert found.broken == {"canary.picture"}
    assert "is not in the index after 1 s" in found["canary.picture"]["detail"]
    assert _keys(cloud) == []


def test_nothing_is_written_with_settings_that_are_wrong(cloud, diagnose) -> None:
    wrong = {"INGEST_BUCKET": "pictures", "INGEST_KEY_TEMPLATE": "{"}
    found = diagnose(cloud.environ() | wrong, write=True)
    assert found["canary.picture"]["detail"] == "unknown: needs settings.valid"
    assert _keys(cloud) == []


def test_a_removal_that_is_not_announced_leaves_no_entry(diagnose, monkeypatch) -> None:
    monkeypatch.setattr(canary, "REMOVAL_SECONDS", 1)
    is_found = canary.Canary.is_found
    # The function looks at the object once more after an add. A removal before that would need no announcement.
    monkeypatch.setattr(canary.Canary, "is_found", lambda one: is_found(one) and not time.sleep(1))
    with AwsCloud(visibility_seconds=1800) as started:
        queues = [{"QueueArn": started.queue_arn, "Events": ["s3:ObjectCreated:*"]}]
        started.s3.put_bucket_notification_configuration(
            Bucket="pictures", NotificationConfiguration={"QueueConfigurations": queues}
        )
        found = diagnose(started.environ() | {"INGEST_BUCKET": "pictures"}, write=True)
        assert found.broken == {"bucket.announces", "canary.picture"}
        assert "the removal did not reach the index" in found["canary.picture"]["detail"]
        assert (_keys(started), started.image_search.entries()) == ([], [])


def test_an_interrupted_canary_is_removed(cloud, diagnose) -> None:
    def interrupt(*_: object) -> None:
        raise SystemExit(130)

    before = signal.signal(signal.SIGINT, interrupt)
    waiter = threading.Thread(target=lambda: (wait_until(lambda: _keys(cloud)), os.kill(os.getpid(), signal.SIGINT)))
    waiter.start()
    try:
        with pytest.raises(SystemExit):
            diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"}, write=True)
    finally:
        signal.signal(signal.SIGINT, before)
        waiter.join()
    assert _keys(cloud) == []


def test_a_bucket_with_versions_keeps_none(diagnose, monkeypatch) -> None:
    monkeypatch.setattr(canary, "REMOVAL_SECONDS", 1)
    with AwsCloud(visibility_seconds=1800) as started:
        started.s3.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": "Enabled"})
        diagnose(started.environ() | {"INGEST_BUCKET": "pictures"}, write=True)
        left = started.s3.list_object_versions(Bucket="pictures")
        assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])
        assert started.image_search.entries() == []


def test_nothing_is_written_if_its_entry_would_stay(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures", "INGEST_ON_REMOVED": "keep"}, write=True)
    assert found["canary.picture"]["ok"] is None
    assert "INGEST_ON_REMOVED is keep" in found["canary.picture"]["detail"]


def test_without_the_option_nothing_is_written(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"})
    assert "canary.picture" not in {line.get("check") for line in found.lines}
    assert [call.leg for call in cloud.image_search.calls if call.leg in {"add", "upload", "delete"}] == []


def _settings(**fields: str) -> Settings:
    given = {f"INGEST_{name.upper()}": value for name, value in fields.items()}
    required = {
        "INGEST_INSTANCE_NAME": "demo",
        "INGEST_INSTANCE_REGION": "cn-shanghai",
        "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters",
    }
    return Settings.from_env(required | given)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"key_template": "{product_id}/{pic_name}"},
        {"key_template": "shop/{category_word}/{product_id}/{*}.{jpg|png}", "category_words": "shoes:3"},
        {"key_template": "{brand}/{sku}_{_}.jpg -> {brand}-{sku}"},
        {"key_template": "{product_id}-{int_attr}-{str_attr}.jpg"},
        {"key_regex": r"(?P<product_id>\d{4,})_.*"},
        {"key_regex": r"[^/]+/(?P<product_id>\d+)/.*\.jpe?g"},
        {"key_prefix": "pictures/2026/"},
        {"include": "*.{png,webp}"},
        {"include": "shoes/,bags/"},
        {"exclude": "*canary*"},
    ],
)
def test_a_key_is_chosen_that_the_rule_takes(fields: dict) -> None:
    settings = _settings(**fields)
    chosen = choose_key(settings, "", [])
    if fields.get("exclude"):
        assert chosen is None or "canary" not in chosen[0]
        return
    key, identity = chosen
    assert key.startswith(fields.get("key_prefix", ""))
    assert settings.identity_rule().identify(key) == identity


def test_a_key_is_made_of_an_example_if_nothing_else_fits() -> None:
    settings = _settings(key_regex=r"ZZ(?P<product_id>[0-9]{6})Q/side-[a-z]+\.jpg")
    assert choose_key(settings, "", []) is None
    key, _ = choose_key(settings, "", ["ZZ123456Q/side-left.jpg"])
    assert key != "ZZ123456Q/side-left.jpg"


def test_two_canaries_look_different() -> None:
    assert canary.draw_canary() != canary.draw_canary()
