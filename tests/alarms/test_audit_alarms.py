"""The alarms of the audit on a schedule, over what the real audit measures. Weeks lie between two audits."""

import json
from contextlib import suppress
from functools import partial

import pytest

from imagesearch_ops.audit import scheduled
from imagesearch_ops.audit.scheduled import AuditError, audit_on_schedule
from imagesearch_ops.audit.wanted import Wanted
from tests.alarms.conftest import Properties
from tests.operator.audit.conftest import Shop, aws_cloud, on_aws, open_shop
from tests.support.cloudwatch import DAY, Metrics, history, red, series_of

__all__ = ["aws_cloud", "on_aws", "open_shop"]

END = 100 * DAY


class Audits:
    """Audits of a shop, and their alarms."""

    def __init__(self, shop: Shop, alarms: dict[str, Properties]) -> None:
        self._shop = shop
        self._alarms = {name: alarms[name] for name in ("DriftAlarm", "AuditFailedAlarm")}
        self._metrics = Metrics()

    def run(self, at: float, **settings: str) -> None:
        self._shop.capsys.readouterr()
        failed = 1
        with suppress(AuditError):
            audit_on_schedule(self._shop.environ(INGEST_STACK_NAME="shop", **settings), seconds_left=900)
            failed = 0
        lines = map(json.loads, self._shop.capsys.readouterr().out.splitlines())
        self._metrics.take(at, [line for line in lines if "_aws" in line])
        self._metrics.add(at, series_of(self._alarms["AuditFailedAlarm"]), failed)

    def red(self) -> dict[str, list[tuple[float, float]]]:
        found = {
            name: red(history(alarm, self._metrics, END, alarm["Period"]), END) for name, alarm in self._alarms.items()
        }
        return {name: times for name, times in found.items() if times}


@pytest.fixture
def audits(on_aws: Shop, alarms: dict[str, Properties], monkeypatch: pytest.MonkeyPatch) -> Audits:
    monkeypatch.setattr(scheduled, "Wanted", partial(Wanted, grace="0"))
    return Audits(on_aws, alarms)


def test_a_bad_picture_with_its_letter_is_no_drift(audits: Audits, on_aws: Shop) -> None:
    on_aws.fill("cup/1.jpg")
    on_aws.upload("cup/bad.jpg")
    on_aws.put_letters(["cup/bad.jpg"])
    audits.run(DAY)
    assert audits.red() == {}


def test_drift_is_a_ticket_until_an_audit_finds_that_it_is_mended(audits: Audits, on_aws: Shop) -> None:
    on_aws.fill("cup/1.jpg")
    on_aws.upload("cup/missing.jpg")
    audits.run(DAY)
    on_aws.fill("cup/missing.jpg")
    audits.run(31 * DAY)
    assert audits.red() == {"DriftAlarm": [(DAY, 31 * DAY)]}


def test_a_failed_audit_is_a_ticket_until_one_succeeds(audits: Audits, on_aws: Shop) -> None:
    on_aws.fill("cup/1.jpg")
    audits.run(DAY, ALIBABA_CLOUD_ACCESS_KEY_ID="unknown")
    audits.run(31 * DAY)
    assert audits.red() == {"AuditFailedAlarm": [(DAY, 31 * DAY)]}
