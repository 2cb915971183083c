"""The watch gets its key as the function does: here by an identity token."""

from collections.abc import Iterator

import pytest

from local_cloud.clouds.keyless import KeylessAwsCloud
from tests.support.watch import Watch, wire_up


@pytest.fixture(scope="module")
def cloud() -> Iterator[KeylessAwsCloud]:
    with KeylessAwsCloud(with_function=False) as cloud:
        cloud.image_search.change_rates(detail=1000)
        cloud.set_up()
        wire_up(cloud)
        yield cloud


@pytest.fixture
def watch(cloud: KeylessAwsCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Watch:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    cloud.set_up()
    return Watch(cloud, monkeypatch, capsys)


def test_a_token_is_enough(watch: Watch) -> None:
    look = watch()
    assert (look["WatchFailed"], look["Announcing"]) == (0, 1)
    assert 364 < look["DaysToExpiry"] < 366


def test_a_refused_token_is_a_look_that_failed(watch: Watch, cloud: KeylessAwsCloud) -> None:
    cloud.federation.is_enabled = False
    look = watch()
    assert (look["WatchFailed"], look["Announcing"]) == (1, 1)
    assert "IndexFullPercent" not in look.metrics
    (found,) = look.line["findings"]
    assert found["kind"] == "unseen"
    assert "enable-outbound-web-identity-federation" in found["detail"]
    assert "imagesearch:Detail" not in found["to_do"]


def test_no_token_is_in_the_output(watch: Watch, cloud: KeylessAwsCloud) -> None:
    looks = [watch()]
    cloud.image_search.faults.add({"leg": "detail", "kind": "error", "code": "NoPermission", "status": 403, "times": 1})
    looks.append(watch())
    written = "".join(look.output for look in looks)
    keys = [(key.access_key_id, key.access_key_secret, key.security_token) for key in cloud.sts.keys]
    secrets = {*cloud.federation.issued, *(value for key in keys for value in key)}
    assert len(secrets) >= 4
    assert [secret for secret in secrets if secret in written] == []
