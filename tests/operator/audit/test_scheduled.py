"""An audit inside a function counts what it found, and fails unless it came to its end."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from imagesearch_ops.audit import scheduled
from imagesearch_ops.audit.scheduled import AuditError, audit_on_schedule
from imagesearch_ops.audit.wanted import Wanted
from tests.operator.audit.conftest import Shop

ROOT = Path(__file__).parents[3]


class Told(NamedTuple):
    """What a run has written to the log: the lines but the last, and that one's metrics and dimensions."""

    lines: list[dict[str, Any]]
    metrics: dict[str, float]
    dimensions: dict[str, str]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Count also what was uploaded just now, and keep temporary files below the test's folder."""
    monkeypatch.setattr(scheduled, "Wanted", partial(Wanted, grace="0"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", "")
    yield
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("audit")] == []


def read_log(shop: Shop) -> Told:
    *lines, last = map(json.loads, shop.capsys.readouterr().out.splitlines())
    (about,) = last["_aws"]["CloudWatchMetrics"]
    assert about["Namespace"] == "ImageSearchIngest"
    metrics = {one["Name"]: sum(last[one["Name"]]) for one in about["Metrics"]}
    (names,) = about["Dimensions"]
    return Told(lines, metrics, {name: last[name] for name in names})


def run(shop: Shop, seconds_left: float = 900, **settings: str) -> dict[str, Any]:
    return audit_on_schedule(shop.environ(INGEST_STACK_NAME="shop", **settings), seconds_left=seconds_left)


def plant(shop: Shop) -> None:
    shop.fill("cup/1.jpg", "cup/2.jpg")
    shop.upload("cup/missing.jpg", "cup/bad-1.jpg", "cup/bad-2.jpg")
    shop.put_letters(["cup/bad-1.jpg", "cup/bad-2.jpg"])
    shop.add_entries(*(("cup", f"cup/gone-{number}.jpg") for number in range(3)), ("hand", "made"))


def test_metrics_count_what_was_found(shop: Shop) -> None:
    plant(shop)
    summary = run(shop)
    told = read_log(shop)
    assert told.metrics == {
        "AuditFailed": 0,
        "Drift": 4,
        "Missing": 1,
        "Orphaned": 3,
        "KnownRejected": 2,
        "Foreign": 1,
    }
    assert told.dimensions == {"service": "imagesearch-ingest", "stack": "shop"}
    assert told.lines[-1] == {"summary": summary}
    assert summary["exit"] == 4
    assert sorted(line["class"] for line in told.lines[:-1]) == ["+", "-", "-", "-", "?", "x", "x"]


def test_without_drift_the_metric_is_zero(shop: Shop) -> None:
    shop.fill("cup/1.jpg")
    assert run(shop)["exit"] == 0
    assert read_log(shop).metrics["Drift"] == 0


@pytest.mark.parametrize(
    ("settings", "drift"),
    [
        ({"INGEST_RATE_SHARE_PERCENT": "50"}, 1),
        ({"INGEST_RATE_SHARE_PERCENT": "50", "INGEST_INCLUDE": "cup/"}, 4),
        ({"INGEST_RATE_SHARE_PERCENT": "100"}, 4),
    ],
)
def test_entries_that_may_be_another_deployments_are_no_drift(shop: Shop, settings: dict[str, str], drift: int) -> None:
    plant(shop)
    run(shop, **settings)
    metrics = read_log(shop).metrics
    assert (metrics["Drift"], metrics["Missing"], metrics["Orphaned"]) == (drift, 1, 3)


def test_only_the_prefix_is_compared(shop: Shop) -> None:
    shop.fill("cups/1.jpg", "cups/2.jpg")
    shop.upload("other/missing.jpg")
    summary = run(shop, AUDIT_URL=f"{shop.url}/cups/")
    assert (summary["listed"], summary["exit"]) == (2, 0)


def test_the_counts_of_several_prefixes_add_up(shop: Shop) -> None:
    shop.fill("cups/1.jpg", "mugs/1.jpg")
    shop.upload("cups/missing.jpg", "mugs/missing.jpg", "other/missing.jpg")
    shop.add_entries(("mugs", "mugs/gone.jpg"), ("other", "other/gone.jpg"))
    summary = run(shop, AUDIT_URL=f"{shop.url}/", AUDIT_PREFIXES="cups/,mugs/")
    told = read_log(shop)
    assert told.metrics == {
        "AuditFailed": 0,
        "Drift": 3,
        "Missing": 2,
        "Orphaned": 1,
        "KnownRejected": 0,
        "Foreign": 0,
    }
    assert (summary["listed"], summary["same"], summary["exit"]) == (4, 2, 4)
    assert [line["summary"]["listed"] for line in told.lines if "summary" in line] == [2, 2]


def test_an_object_below_two_prefixes_counts_once(shop: Shop) -> None:
    shop.fill("cups/1.jpg")
    shop.upload("cups/red/missing.jpg")
    run(shop, AUDIT_URL=f"{shop.url}/", AUDIT_PREFIXES="cups/red/,cups/,cups/")
    assert read_log(shop).metrics["Missing"] == 1


def test_an_audit_fails_if_one_of_its_prefixes_does(shop: Shop) -> None:
    shop.fill("cups/1.jpg")
    shop.add_entries(("mugs", "mugs/gone.jpg"))
    with pytest.raises(AuditError, match=r"the audit failed: .*mugs/"):
        run(shop, AUDIT_URL=f"{shop.url}/", AUDIT_PREFIXES="cups/,mugs/")
    assert read_log(shop).metrics == {"AuditFailed": 1}


def test_an_audit_that_compared_nothing_has_failed(shop: Shop) -> None:
    plant(shop)
    with pytest.raises(AuditError, match=r"the audit failed: .*InvalidAccessKeyId"):
        run(shop, ALIBABA_CLOUD_ACCESS_KEY_ID="unknown")
    told = read_log(shop)
    assert told.metrics == {"AuditFailed": 1}
    assert told.lines[-1]["summary"]["error"]["code"] == 7


def test_wrong_settings_are_a_failure(shop: Shop) -> None:
    with pytest.raises(AuditError, match=r"the audit failed: .*INGEST_BUCKET"):
        run(shop, INGEST_BUCKET="")
    assert read_log(shop).metrics == {"AuditFailed": 1}


def test_an_audit_that_takes_too_long_says_so(shop: Shop) -> None:
    plant(shop)
    with pytest.raises(AuditError, match=r"the function's time is over\. Audit from a machine"):
        run(shop, seconds_left=0)
    assert read_log(shop).metrics == {"AuditFailed": 1}


def test_the_log_has_a_hundred_differences_at_most(shop: Shop) -> None:
    shop.fill("cup/1.jpg")
    shop.add_entries(*(("cup", f"cup/gone-{number}.jpg") for number in range(120)))
    summary = run(shop)
    lines = read_log(shop).lines
    assert len(lines) == 101
    assert lines[-1] == {"summary": summary}
    assert summary["orphaned"] == 120


def test_processes_of_the_audit_find_its_packages(shop: Shop) -> None:
    """Lambda gives a child process no path to the layers."""
    shop.fill("cup/1.jpg")
    run(shop)
    program = [sys.executable, "-S", "-P", "-c", "import imagesearch_ops, imagesearch_ingest"]
    assert subprocess.run(program, env=os.environ, check=False).returncode == 0  # noqa: S603 - a fixed command


def test_the_handler_audits_with_its_own_variables(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 900_000

    plant(shop)
    for name, value in shop.environ(INGEST_STACK_NAME="shop").items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("audit_app", ROOT / "functions/audit/app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.handler({}, Context())["orphaned"] == 3
    assert read_log(shop).metrics["Drift"] == 4
