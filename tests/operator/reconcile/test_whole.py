"""``reconcile --yes``, the function at work, and ``audit`` again: it finds nothing to do."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.audit.auditing import run_audit
from imagesearch_ops.audit.wanted import Wanted as AuditWanted
from imagesearch_ops.exit_codes import ExitCode
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.e2e.conftest import wait_until
from tests.operator.reconcile.world import SETTINGS, Done, Policy, World, quicken
from tests.support.pictures import jpeg

GOOD = [f"shoes/{number % 9}/{number:03}.jpg" for number in range(150)]
BAD = [f"bags/{number}.jpg" for number in range(5)]
MISSING, NEW = GOOD[:20], [f"shoes/1/new-{number}.jpg" for number in range(10)]
GONE = [f"shoes/2/gone-{number}.jpg" for number in range(15)]
FOREIGN = [("by-hand", f"x/{number}.jpg") for number in range(5)]


class Live(World):
    """A world whose function is at work: its queue is that of the cloud."""

    def _make_queue(self, name: str) -> str:
        environ = self.cloud.environ()
        return environ["INGEST_QUEUE_URL" if name.startswith("ingest") else "INGEST_DEAD_LETTER_QUEUE_URL"]

    def put_unannounced(self, *keys: str) -> None:
        """Upload pictures that the function does not learn of."""
        if self.is_aws:
            known = self.cloud.s3.get_bucket_notification_configuration(Bucket="pictures")
            known = {"QueueConfigurations": known["QueueConfigurations"]}
            self.cloud.s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration={})
        else:
            on_event, self.cloud.oss.on_event = self.cloud.oss.on_event, lambda _: None
        for key in keys:
            self.cloud.upload(key, jpeg())
        if self.is_aws:
            self.cloud.s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=known)
        else:
            self.cloud.oss.on_event = on_event

    def audit_now(self, grace: str) -> tuple[ExitCode, dict[str, Any]]:
        self.capsys.readouterr()
        code = run_audit(AuditWanted(grace=grace), self.environ(), as_json=False)
        return code, {"text": self.capsys.readouterr()}


class QuickStream(AlibabaCloud):
    options = replace(AlibabaCloud.options, time_scale=0.02)


@pytest.fixture(params=["aws", "alibaba"])
def live(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Iterator[Live]:
    kind = {"aws": AwsCloud, "alibaba": QuickStream}[request.param]
    with kind(SETTINGS, visibility_seconds=5) as cloud:
        world = Live(cloud, request.param, tmp_path, Policy(), capsys)
        for variable, value in cloud.environ().items():
            if variable.startswith("AWS_"):  # botocore reads keys and endpoints from the process
                monkeypatch.setenv(variable, value)
        quicken(world, monkeypatch)
        yield world


@pytest.mark.slow
def test_an_audit_after_a_reconcile_finds_nothing(live: Live) -> None:
    for key in GOOD:
        live.cloud.upload(key, jpeg())
    for key in BAD:
        live.cloud.upload(key, b"no picture")
    wait_until(lambda: len(live.entries()) == len(GOOD) and len(live.cloud.dead_letters()) >= len(BAD), 90)
    for key in MISSING:
        live.cloud.image_search._parts.index.delete(key.split("/")[1], key)  # noqa: SLF001 - nobody announces it
    live.index(*(("2", key) for key in GONE), *FOREIGN)
    time.sleep(10)
    uploaded = time.time()
    live.put_unannounced(*NEW)

    done: Done = live.reconcile(None, grace=f"{time.time() - uploaded + 6:.0f}s")

    assert done.code is ExitCode.OK, done.messages
    assert sorted(done.keys("announce_add")) == sorted(MISSING)
    assert sorted(done.keys("announce_delete")) == sorted(GONE)
    expected = {(key.split("/")[1], key) for key in GOOD} | {*FOREIGN}
    wait_until(lambda: live.entries() == expected, 60)
    code, printed = live.audit_now(grace=f"{time.time() - uploaded + 6:.0f}s")
    assert code is ExitCode.OK, printed

    done = live.reconcile(None, grace="1h", delete_unmade=5)

    assert done.code is ExitCode.OK, done.messages
    assert done.summary["deleted_entries"] == 5
    assert live.entries() == expected - {*FOREIGN}
