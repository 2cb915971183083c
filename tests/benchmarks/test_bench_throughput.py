"""The benchmark itself: that its numbers are those of the log, and that both handlers do the work that is counted."""

from dataclasses import replace

import pytest

from benchmarks.throughput.accounting import Log, account
from benchmarks.throughput.groups import together
from benchmarks.throughput.plan import full
from benchmarks.throughput.real import measured
from benchmarks.throughput.report import BEGIN, END, failures, line, markdown, with_tables
from benchmarks.throughput.scenarios import OURS, ROOT, TUTORIAL, Scenario, of_template, ours, tutorial

SHORT = {"backlog_seconds": 3.0, "warm_up_seconds": 0.5, "window_seconds": 1.5}
SCENARIO = Scenario(OURS, quota=2, workers=2, warm_up_seconds=10, window_seconds=20)


def a_log(**fields: object) -> Log:
    """Two calls a second from 1000 on, every tenth refused; of four objects one is in the index."""
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


def test_only_what_was_accepted_within_the_window_counts() -> None:
    result = account(a_log(), SCENARIO)
    assert result.accepted == 36 / 20 / 2
    assert (result.calls, result.refused, result.refused_share) == (100, 10, 0.1)


def test_every_invocation_is_billed_to_the_pictures_that_are_in_the_index() -> None:
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
def test_an_object_is_lost_that_is_nowhere(where: dict[str, set[str]], expected: tuple[int, ...]) -> None:
    result = account(a_log(**where), SCENARIO)
    assert (result.dead_letters, result.redriven, result.waiting, result.lost) == expected


def test_the_end_of_the_backlog_is_not_measured() -> None:
    log = a_log(indexed={"a", "b", "c", "d"})
    assert account(log, SCENARIO).accepted
    with pytest.raises(ValueError, match=r"at its end 10\.5 s before"):
        account(log, replace(SCENARIO, window_seconds=50))


def test_what_must_hold_is_judged_by_the_numbers() -> None:
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


def test_the_settings_are_the_templates() -> None:
    assert [of_template(quota) for quota in (1, 5)] == [(2, 125), (2, 625)]
    assert of_template(50)[1] == ours(50.0).batch_size
    with pytest.raises(ValueError, match="7 a second"):
        of_template(7)


def test_every_row_has_its_window_within_its_backlog() -> None:
    for scenario in (scenario for group in full() for scenario in group):
        assert scenario.warm_up_seconds + scenario.window_seconds < scenario.backlog_seconds
        assert scenario.window_seconds >= 60 or (scenario.quota, scenario.simulated) == (50, False)


def test_no_worker_is_without_a_batch_before_the_windows_end() -> None:
    """Where a batch is long, the last ones are one for each worker."""
    for scenario in (scenario for group in full() for scenario in group if scenario.handler == OURS):
        batch_seconds = scenario.batch_size * scenario.workers / scenario.quota
        whole = scenario.backlog % (scenario.workers * scenario.batch_size) == 0
        end = scenario.warm_up_seconds + scenario.window_seconds
        assert whole or scenario.backlog_seconds - batch_seconds / scenario.workers >= end - 5


def test_the_tutorials_handler_adds_pictures() -> None:
    log = measured(tutorial(2.0, workers=1, **SHORT | {"backlog_seconds": 1.0}))
    assert log.indexed == log.uploaded == {"shoes/00000.jpg", "shoes/00001.jpg"}
    assert [code for _, code in log.calls] == ["OK", "OK"]
    assert len(log.invocations) == 2
    assert not log.waiting | log.redriven


@pytest.mark.slow
def test_a_short_run_prints_the_table() -> None:
    results, errors = [], []
    together([ours(5.0, **SHORT), replace(ours(50.0, **SHORT), simulated=True)], results.append, errors.append)
    assert not errors
    tables = markdown(results, "make it")
    assert "| this project | 5/s | 2 | 0.61 s | token bucket |" in tables
    assert "### Simulated, at 50 a second" in tables
    assert [(row.added, row.lost, row.scenario.handler) for row in results] == [(15, 0, OURS), (150, 0, OURS)]
    assert line(results[0]).startswith(f"handler {OURS} | quota 5/s")
    assert TUTORIAL not in tables.partition("### What must hold")[0]


def test_a_row_that_fails_says_why() -> None:
    results, errors = [], []
    together([ours(50.0, simulated=True, limiter="none")], results.append, errors.append)
    assert not results
    assert "limiter 'none' is not one of" in str(errors[0])


def test_the_prose_around_the_tables_stays() -> None:
    assert with_tables(f"before\n{BEGIN}old\n{END}after\n", "new") == f"before\n{BEGIN}\nnew\n{END}after\n"
    with pytest.raises(ValueError, match="there is no"):
        with_tables("no marks", "new")


def test_the_page_has_a_place_for_the_tables() -> None:
    page = ROOT / "docs/throughput.md"
    assert "new table" in with_tables(page.read_text(encoding="utf-8"), "new table")
