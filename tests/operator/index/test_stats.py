"""``index stats`` says how large, how full and how old the instance is, and warns in time."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.index.stats import list_warnings, run_stats
from imagesearch_ops.instance import InstanceDetail
from tests.local_cloud.image_search.api import picture

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_a_line_has_exactly_the_documented_fields(environ, api, lines) -> None:
    api.add(picture())
    before = datetime.now(UTC)
    assert run_stats(environ, as_json=True) == ExitCode.OK
    line, summary = lines()
    expires = datetime.fromisoformat(line.pop("expires"))
    assert timedelta(days=364) < expires - before < timedelta(days=366)
    assert line == {"total": 1, "capacity": 100_000, "free": 99_999, "service_type": "product", "qps": 5}
    assert (summary["summary"]["exit"], summary["summary"]["error"], summary["summary"]["warnings"]) == (0, None, [])


def test_a_person_sees_the_same_in_words(environ, api, capsys) -> None:
    api.add(picture())
    run_stats(environ, as_json=False)
    out, err = capsys.readouterr()
    first, entries, expires, searches, empty, last = out.splitlines()
    assert first == "instance  demo (ap-southeast-1), product"
    assert entries == "entries   1 of 100,000 (0.0 %), 99,999 free"
    assert expires.startswith("expires   20")
    assert expires.endswith((", in 364 days", ", in 365 days"))
    assert searches == "searches  5 a second"
    assert (empty, last) == ("", "1 entry, 99,999 free")
    assert err.startswith("this shell's settings: s3://pictures -> demo (ap-southeast-1), 5 adds/s, ")
    assert len(err.splitlines()) == 1


def a_detail(total: int = 10, capacity: int = 100, days: float | None = 100) -> InstanceDetail:
    return InstanceDetail(total, capacity, 5, "product", None if days is None else NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("detail", "warnings"),
    [
        (a_detail(), []),
        (a_detail(total=80), []),
        (a_detail(total=81), ["the instance is 81.0 % full. Delete entries or enlarge it."]),
        (a_detail(total=101), ["the instance is 101.0 % full. Delete entries or enlarge it."]),
        (a_detail(days=14), []),
        (a_detail(days=13.9), ["the instance expires in 13 days. Renew it."]),
        (a_detail(days=1.5), ["the instance expires in 1 day. Renew it."]),
        (a_detail(days=0.5), ["the instance expires today. Renew it."]),
        (a_detail(days=-3), ["the instance expired on 2026-11-26. Renew it."]),
        (a_detail(days=None), []),
        (
            a_detail(total=99, days=2.5),
            ["the instance is 99.0 % full. Delete entries or enlarge it.", "the instance expires in 2 days. Renew it."],
        ),
        (a_detail(total=0, capacity=0), ["the instance is 100.0 % full. Delete entries or enlarge it."]),
    ],
)
def test_a_warning_comes_in_time(detail: InstanceDetail, warnings: list[str]) -> None:
    assert list_warnings(detail, NOW) == warnings


def test_a_free_count_is_never_negative() -> None:
    assert a_detail(total=101).free == 0


def test_warnings_are_for_people_and_the_exit_code_stays(environ, service, capsys) -> None:
    service.change_instance(capacity=0, expires=time.time() + 2.5 * 86400, service_type="fabric", qps=1)
    assert run_stats(environ, as_json=True) == ExitCode.OK
    out, err = capsys.readouterr()
    line = json.loads(out.splitlines()[0])
    assert (line["capacity"], line["free"], line["service_type"], line["qps"]) == (0, 0, "fabric", 1)
    assert err.splitlines()[1:] == [
        "warning: the instance is 100.0 % full. Delete entries or enlarge it.",
        "warning: the instance expires in 2 days. Renew it.",
    ]


def test_an_instance_that_has_expired_is_an_operators_matter(environ, service) -> None:
    service.change_instance(expires=time.time() - 1)
    with pytest.raises(IngestError) as error:
        run_stats(environ, as_json=False)
    assert error.value.is_systemic


def test_an_error_ends_with_a_summary(environ, capsys) -> None:
    wrong = environ | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong-secret"}
    with pytest.raises(IngestError):
        run_stats(wrong, as_json=False)
    assert capsys.readouterr().out == "The instance was not read.\n"
