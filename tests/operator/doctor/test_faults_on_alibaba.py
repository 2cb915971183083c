"""Each planted fault of a deployment on Alibaba Cloud is found. What only its control plane knows is unknown."""

import re
from types import SimpleNamespace

import pytest

from imagesearch_ops.doctor.checks import bucket_oss
from tests.support.pictures import jpeg


@pytest.fixture
def environ(alibaba) -> dict[str, str]:
    return alibaba.environ() | {"INGEST_BUCKET": "pictures"}


def test_a_healthy_deployment_has_nothing_broken(alibaba, diagnose, environ) -> None:
    alibaba.upload("shoes/1.jpg", jpeg())
    found = diagnose(environ)
    assert (found.code, found.broken) == (0, set())
    assert found["bucket.exists"]["detail"] == "oss://pictures in cn-shanghai"
    assert found["bucket.read"]["detail"] == "shoes/1.jpg"
    assert found["queue.visibility"]["detail"] == "720 s"
    assert found["bucket.announces"]["detail"] == "the rule local of EventBridge sends to ingest"
    assert found["key.valid"]["ok"] is True


@pytest.mark.parametrize(
    ("change", "check", "said"),
    [
        ({"INGEST_BUCKET": "picturse"}, "bucket.exists", "there is no bucket picturse"),
        ({"INGEST_KEY_TEMPLATE": "{product_id}_{_}.png"}, "bucket.keys", "shoes/1.jpg"),
        ({"INGEST_SERVICE_TYPE": "trademark"}, "instance.kind", "of the type product"),
        ({"INGEST_INSTANCE_NAME": "other"}, "instance.exists", "there is no instance other"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "other"}, "key.valid", "SignatureDoesNotMatch"),
        ({"ALIBABA_CLOUD_SECURITY_TOKEN": "old"}, "key.valid", "wrong security token"),
        ({"ALIBABA_CLOUD_SECURITY_TOKEN": ""}, "key.valid", "lacks its security token"),
    ],
)
def test_a_fault_is_found_and_no_other(alibaba, diagnose, environ, change: dict, check: str, said: str) -> None:  # noqa: PLR0917
    alibaba.upload("shoes/1.jpg", jpeg())
    found = diagnose(environ | change)
    assert (found.code, found.broken) == (7, {check})
    assert said in found[check]["detail"]
    assert found[check]["fix"]


@pytest.mark.parametrize(
    ("attributes", "check"),
    [({"visibility_timeout": 30}, "queue.visibility"), ({"message_retention_period": 3600}, "queue.retention")],
)
def test_a_queue_with_wrong_attributes(alibaba, diagnose, environ, attributes: dict, check: str) -> None:
    given = {"visibility_timeout": 720, "message_retention_period": 604_800} | attributes
    alibaba.smq.create_queue("ingest", **given)
    found = diagnose(environ)
    assert found.broken == {check}
    assert re.match(r"Set \w+ of the queue ingest to \d+: in the SMQ console", found[check]["fix"])


def test_a_queue_that_does_not_exist(alibaba, diagnose, environ) -> None:
    alibaba.smq.delete_queue("ingest")
    found = diagnose(environ)
    assert found.broken == {"queue.exists"}
    assert found["queue.exists"]["fix"].startswith("Create the queue ingest with MessageRetentionPeriod 604800: ")


def test_a_setting_with_the_name_of_another_queue(alibaba, diagnose, environ) -> None:
    found = diagnose(environ | {"INGEST_QUEUE_URL": alibaba.smq.queue_url("gone")})
    assert found.broken == {"bucket.announces", "queue.exists"}


@pytest.mark.parametrize(("right", "check"), [("oss:ListObjects", "bucket.exists"), ("oss:GetObject", "bucket.read")])
def test_a_right_that_the_caller_lacks_is_unknown(alibaba, diagnose, environ, right: str, check: str) -> None:
    alibaba.upload("shoes/1.jpg", jpeg())
    alibaba.oss.denied.add(right)
    found = diagnose(environ)
    assert (found.code, found.broken) == (0, set())
    assert right in found[check]["detail"]


@pytest.mark.parametrize(("keep", "ok"), [("delete", False), ("keep", True)])
def test_versions_hide_removals(alibaba, diagnose, environ, monkeypatch, keep, ok) -> None:  # noqa: PLR0917 - fixtures
    real = bucket_oss.oss_client

    def versioned(patient):
        client = real(patient)
        return SimpleNamespace(
            list_objects_v2=client.list_objects_v2,
            get_bucket_versioning=lambda _: SimpleNamespace(version_status="Enabled"),
        )

    monkeypatch.setattr(bucket_oss, "oss_client", versioned)
    found = diagnose(environ | {"INGEST_ON_REMOVED": keep})
    assert found["bucket.versioning"]["ok"] is ok
    assert alibaba.bucket == "pictures"


def test_the_region_is_needed(diagnose, environ) -> None:
    found = diagnose({name: value for name, value in environ.items() if name != "FC_REGION"})
    assert found["deployment.region"]["ok"] is None
    assert "FC_REGION=" in found["deployment.region"]["fix"]
