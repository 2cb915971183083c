"""Tests of the throughput benchmark: its numbers follow from the log, and both handlers add pictures."""

from dataclasses import replace

import pytest

from benchmarks.throughput.accounting import Log, account
from benchmarks.throughput.groups import run_together
from benchmarks.throughput.plan import full
from benchmarks.throughput.real import measure
from benchmarks.throughput.report import BEGIN, END, failures, line, markdown, with_tables
from benchmarks.throughput.scenarios import OURS, ROOT, TUTORIAL, Scenario, of_template, ours, tutorial

SHORT = {"backlog_seconds": 3.0, "warm_up_seconds": 0.5, "window_seconds": 1.5}
SCENARIO = Scenario(OURS, quota=2, workers=2, warm_up_seconds=10, window_seconds=20)


def a_log(**fields: object) -> Log:
    """Return two calls a second from 1000 on, every tenth refused. One of four objects is in the index."""
    calls = [(1000 + number / 2, "OK" if number % 10 else "DeniedRequest") for number in range(100)]
    return Log(
        **{
            "calls": calls,
            "invocations": [(999, 1004), (1001, 1008)],
            "given_out": ["1", "2", "1"],
            "uploaded": {"a", "b", "c", "d"},
            "indexed": {"a"},
        }
        | fields
    )


def test_only_calls_within_window_count() -> None:
    result = account(a_log(), SCENARIO)
    assert result.accepted == 36 / 20 / 2
    assert (result.calls, result.refused, result.refused_share) == (100, 10, 0.1)


def test_billed_time_is_per_added_picture() -> None:
    result = account(a_log(indexed={"a", "b"}), SCENARIO)
    assert result.billed == 6
    assert result.billed_over_floor == 6
    assert result.repeats == 1


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, (0, 0, 0, 3)),
        ({"waiting": {"a", "b"}}, (0, 0, 1, 2)),
        ({"lettered": {"b"}, "redriven": {"c"}, "waiting": {"d"}}, (1, 1, 1, 0)),
        ({"redriven": {"b", "c", "d"}, "waiting": {"b"}}, (0, 3, 0, 0)),
    ],
)
def test_object_found_nowhere_is_lost(where: dict[str, set[str]], expected: tuple[int, ...]) -> None:
    result = account(a_log(**where), SCENARIO)
    assert (result.dead_letters, result.redriven, result.waiting, result.lost) == expected


def test_window_must_end_before_backlog() -> None:
    log = a_log(indexed={"a", "b", "c", "d"})
    assert account(log, SCENARIO).accepted
    with pytest.raises(ValueError, match=r"the backlog ended 10\.5 s before the window"):
        account(log, replace(SCENARIO, window_seconds=50))


def test_requirements_follow_the_numbers() -> None:
    scenario = ours(5.0)
    good = replace(account(a_log(), SCENARIO), scenario=scenario, accepted=0.985, refused=0, billed=0.41, lost=0)
    assert failures([good]) == []
    bad = replace(good, accepted=0.97, refused=5, billed=0.5, lost=1)
    assert [said.rpartition(": ")[2] for said in failures([bad])] == ["does not hold"] * 4
    assert failures([replace(bad, scenario=replace(scenario, limiter="one_in_flight"), lost=0)]) == []
    beyond = replace(good, scenario=ours(50.0, simulated=True), billed=0.04)
    rival = replace(good, scenario=tutorial(50.0, simulated=True), billed=0.2)
    assert failures([beyond, rival]) == []
    assert "0.40 of the tutorial's" in failures([beyond, replace(rival, billed=0.1)])[0]


def test_batches_are_the_templates() -> None:
    assert [of_template(quota) for quota in (1, 5)] == [(2, 125), (2, 625)]
    assert of_template(50)[1] == ours(50.0).batch_size
    with pytest.raises(ValueError, match=r"0\.5 a second"):
        of_template(0.5)


def test_windows_end_before_their_backlogs() -> None:
    for scenario in (scenario for group in full() for scenario in group):
        assert scenario.warm_up_seconds + scenario.window_seconds < scenario.backlog_seconds
        assert scenario.window_seconds >= 60 or (scenario.quota, scenario.simulated) == (50, False)


def test_no_worker_idles_within_the_window() -> None:
    """Where batches are long, each worker has one of the last batches."""
    for scenario in (scenario for group in full() for scenario in group if scenario.handler == OURS):
        batch_seconds = scenario.batch_size * scenario.workers / scenario.quota
        whole = scenario.backlog % (scenario.workers * scenario.batch_size) == 0
        end = scenario.warm_up_seconds + scenario.window_seconds
        assert whole or scenario.backlog_seconds - batch_seconds / scenario.workers >= end - 5


def test_tutorial_adds_pictures() -> None:
    log = measure(tutorial(2.0, workers=1, **SHORT | {"backlog_seconds": 1.0}))
    assert log.indexed == log.uploaded == {"shoes/00000.jpg", "shoes/00001.jpg"}
    assert [code for _, code in log.calls] == ["OK", "OK"]
    assert len(log.invocations) == 2
    assert not log.waiting | log.redriven


@pytest.mark.slow
def test_short_run_prints_the_table() -> None:
    results, errors = [], []
    run_together([ours(5.0, **SHORT), replace(ours(50.0, **SHORT), simulated=True)], results.append, errors.append)
    assert not errors
    tables = markdown(results, "make it")
    assert "| this project | 5/s | 2 | 0.61 s | token bucket |" in tables
    assert "### Simulated, at 50 a second" in tables
    assert [(row.added, row.lost, row.scenario.handler) for row in results] == [(15, 0, OURS), (150, 0, OURS)]
    assert line(results[0]).startswith(f"handler {OURS} | quota 5/s")
    assert TUTORIAL not in tables.partition("### What must hold")[0]


def test_failed_row_says_why() -> None:
    results, errors = [], []
    run_together([ours(50.0, simulated=True, limiter="none")], results.append, errors.append)
    assert not results
    assert "limiter 'none' is not one of" in str(errors[0])


def test_prose_around_tables_stays() -> None:
    assert with_tables(f"before\n{BEGIN}old\n{END}after\n", "new") == f"before\n{BEGIN}\nnew\n{END}after\n"
    with pytest.raises(ValueError, match="the document lacks the marks"):
        with_tables("no marks", "new")


def test_page_has_marks_for_tables() -> None:
    page = ROOT / "docs/throughput.md"
    assert "new table" in with_tables(page.read_text(encoding="utf-8"), "new table")
