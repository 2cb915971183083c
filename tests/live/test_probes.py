"""Each probe says `holds` of a local cloud that does as assumed, and `does not hold` of one that differs."""

import pytest

from tests.live.conftest import IMPORTS, allow_rates
from tests.live.plants import ON_AWS, THERE
from tests.live.plants_alibaba import ON_ALIBABA, THERE_ON_ALIBABA
from tests.live.probe import PROBES, Answer, Finding
from tests.live.probes import alibaba, searching
from tests.live.running import ask

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "UPLOAD_SECONDS", 0.1)
    monkeypatch.setattr(alibaba, "COUNT_SECONDS", 1.0)


def ask_aws(cloud, open_account, monkeypatch, identifier, *plants) -> Finding:
    account = open_account(cloud, LIVE_STACK="local")
    try:
        for plant in plants:
            plant(cloud, monkeypatch, account)
        return ask(account, PROBES[identifier].ask)
    finally:
        monkeypatch.undo()
        cloud.image_search.faults.clear()
        allow_rates(cloud)


def ask_alibaba(cloud, open_account, monkeypatch, identifier, *plants) -> Finding:
    account = open_account(cloud, LIVE_IMPORT_BUCKET=IMPORTS)
    try:
        for plant in plants:
            plant(cloud, monkeypatch, account)
        return ask(account, PROBES[identifier].ask)
    finally:
        monkeypatch.undo()
        cloud.image_search.change_tasks(fail=False)


def test_every_probe_can_fail() -> None:
    assert ON_AWS.keys() | ON_ALIBABA.keys() == PROBES.keys()


@pytest.mark.parametrize("identifier", ON_AWS)
def test_a_probe_of_aws_holds(aws_cloud, open_account, monkeypatch, identifier: str) -> None:
    plants = [THERE[identifier]] if identifier in THERE else []
    finding = ask_aws(aws_cloud, open_account, monkeypatch, identifier, *plants)
    assert finding.answer is Answer.HOLDS, finding.evidence


@pytest.mark.parametrize("identifier", ON_AWS)
def test_a_probe_of_aws_notices_a_difference(aws_cloud, open_account, monkeypatch, identifier: str) -> None:
    finding = ask_aws(aws_cloud, open_account, monkeypatch, identifier, ON_AWS[identifier])
    assert finding.answer is Answer.FAILS, finding.evidence


@pytest.mark.parametrize("identifier", ON_ALIBABA)
def test_a_probe_of_alibaba_holds(alibaba_cloud, open_account, monkeypatch, identifier: str) -> None:
    plants = [THERE_ON_ALIBABA[identifier]] if identifier in THERE_ON_ALIBABA else []
    finding = ask_alibaba(alibaba_cloud, open_account, monkeypatch, identifier, *plants)
    assert finding.answer is Answer.HOLDS, finding.evidence


@pytest.mark.parametrize("identifier", ON_ALIBABA)
def test_a_probe_of_alibaba_notices_a_difference(alibaba_cloud, open_account, monkeypatch, identifier: str) -> None:
    finding = ask_alibaba(alibaba_cloud, open_account, monkeypatch, identifier, ON_ALIBABA[identifier])
    assert finding.answer is Answer.FAILS, finding.evidence
